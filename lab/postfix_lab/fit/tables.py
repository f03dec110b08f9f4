"""Lookup tables: compiled again from their source, or replaced where nobody is there to answer.

Whatever is not there is empty in its stand-in, with three exceptions, because an empty table says much in these
places: domains (nothing would be the own mail host's), recipients (nobody would exist) and the owners of sender
addresses (no authenticated user might send).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Table
from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.fit.own_domains import domains, mail_domain, own_domain, own_domains
from postfix_lab.fit.table_entries import Entries
from postfix_lab.postfix.parameters import (
    ALIASES,
    BUILT,
    CACHES,
    DOMAINS,
    ELSEWHERE_BUILT,
    ETC,
    FOREIGN,
    OWNERS,
    PLAIN,
    RECIPIENTS,
    SECRETS,
    TABLE_TYPES,
)
from postfix_lab.text import did_you_mean, printable

STAND_INS = "/etc/postfix-lab/tables"
_OUTER = "|".join(sorted(BUILT | ELSEWHERE_BUILT | PLAIN | FOREIGN, key=len, reverse=True))
_TABLE = re.compile(
    rf"(?<![\w./:-])(?:proxy:)?(?:({_OUTER})"
    r":([^\s,;{}]+)|(unix):((?:passwd|group)\.byname))"
)
_TYPED = re.compile(r"(?:^|[\s,])(?:proxy:)?([a-z][\w-]*):[\w/$({]")
_LOOKED_UP = re.compile(r"check_\w+_access\s+([^\s,]+)")
NOT_TABLES = frozenset({"smtpd_milters", "non_smtpd_milters", "proxy_read_maps", "proxy_write_maps"})
"""Settings that open no table: milters' sockets look like some, and proxymap's lists only permit."""
_NAME = re.compile(r"\$[{(]?(\w+)")
_OWNER = "/^(.+@%s)$/ $1\n"
"""An address of that domain, in a regular expression, belongs to the user of its name."""
EVERYBODY = "static:exists"


@dataclass(frozen=True)
class Named:
    """One table as a setting names it."""

    written: str
    """As it stands there, `proxy:` and all."""
    kind: str
    path: str

    @property
    def key(self) -> str:
        """What the scenario calls it: `mysql:/etc/postfix/users.cf`."""
        return f"{self.kind}:{self.path}"


def fit(draft: Draft) -> None:
    """Give every table that the configuration names a content."""
    entries = Entries(draft.choices.tables, draft.choices.csv)
    _implied_accounts(draft)
    compiled: dict[str, list[str]] = {}
    elsewhere: list[tuple[Named, Setting]] = []
    seen: dict[tuple[str, str], str] = {}
    for setting in tuple(draft.settings()):
        if setting.name in CACHES | NOT_TABLES:
            continue
        for table in named(draft, setting):
            given = entries.of(table.key)
            key = (table.key, _role(setting, table))
            if key in seen:
                if seen[key] != table.written:
                    draft.substitute(setting, table.written, seen[key])
                continue
            seen[key] = table.written
            if table.kind in FOREIGN | {"unix"}:
                seen[key] = _stand_in(draft, setting, table, given)
            elif table.kind in ELSEWHERE_BUILT:
                elsewhere.append((table, setting))
                seen[key] = f"hash:{table.path}"
                draft.substitute(setting, table.written, seen[key])
                _local(draft, setting, Named(table.written, "hash", table.path), given, compiled)
            else:
                _local(draft, setting, table, given, compiled)
        _known_types(draft, setting)
    entries.require_all_used()
    _report(draft, compiled, elsewhere)


def named(draft: Draft, setting: Setting) -> Iterator[Named]:
    """The tables in a setting, names of other parameters put in."""
    for found in _TABLE.finditer(draft.expand(setting.value)):
        kind, path = (found[1], found[2]) if found[1] else (found[3], found[4])
        if "$" in path or path.endswith("/"):
            continue  # A folder is what others are put together from.
        if found[0] in setting.value or not _by_name(draft, setting, found[0]):
            yield Named(found[0], kind, path)


def _role(setting: Setting, table: Named) -> str:
    """What the content of a stand-in depends on: whoever exists as a recipient has no alias by the same table."""
    roles = {"recipients": RECIPIENTS, "owners": OWNERS, "domains": DOMAINS}
    found = next((role for role, names in roles.items() if setting.name in names), "")
    return found if table.kind in FOREIGN else ""


def _by_name(draft: Draft, setting: Setting, table: str) -> bool:
    """Whether a setting has a table by naming another parameter, in which it is looked at itself."""
    others = [draft.parameters[name].value for name in _NAME.findall(setting.value) if name in draft.parameters]
    return any(table in draft.expand(value) for value in others)


def _implied_accounts(draft: Draft) -> None:
    """local_recipient_maps asks for the host's accounts unless it is set, and they are not in the folder."""
    if "local_recipient_maps" in draft.parameters or not draft.value("mydestination").strip():
        return
    if not {own_domain(draft), draft.value("myhostname")} & set(domains(draft, "mydestination")):
        return
    draft.set(Setting("local_recipient_maps", ""), draft.lookup("local_recipient_maps") or "")
    if "alias_maps" not in draft.parameters:
        draft.set(Setting("alias_maps", ""), draft.lookup("alias_maps") or "")
        draft.tell("alias_maps", "hash:/etc/aliases", "its default also asks NIS, which is not in the lab")


def _stand_in(draft: Draft, setting: Setting, table: Named, given: Table | None) -> str:
    """Put another table in the place of one that nobody answers; returns how it is named now."""
    content, value, reason = _meaning(draft, setting, table)
    if given is not None:
        content, value, reason = _lines(table.key, given), f"{len(given)} entries", "the scenario's own entries"
    place = _place(table)
    if place in draft.files and draft.files[place].text != content:
        place = f"{place}-{setting.name}"
    instead = EVERYBODY if content is None else f"{_how(content)}:{place}"
    if content is not None:
        draft.place(place, content)
    draft.substitute(setting, table.written, instead)
    who = "the host's accounts are not in the lab" if table.kind == "unix" else f"no {table.kind} server is in the lab"
    draft.tell(f"{table.key} ({setting.what})", value, f"{who}; {reason}", setting)
    return instead


def _meaning(draft: Draft, setting: Setting, table: Named) -> tuple[str | None, str, str]:
    """Content, its short form and the reason, where no entries were given; no content stands for everything."""
    if setting.name in RECIPIENTS:
        return None, "every recipient exists", "an empty table would refuse everybody"
    if setting.name in OWNERS:
        all_own = dict.fromkeys((*own_domains(draft), mail_domain(draft)))
        content = "".join(_OWNER % re.escape(domain) for domain in all_own if domain)
        return content, "an own address belongs to the user of its name", "an empty table would refuse every user"
    if setting.name in DOMAINS:
        own = mail_domain(draft)
        mine = any(own in domains(draft, name) for name in DOMAINS)
        if own and not mine and setting.name == _first_unanswered(draft):
            return f"{own} own\n", own, "an empty table would make the own domain a stranger's"
    if table.kind == "unix":
        return None, "every account exists", "an empty table would refuse everybody"
    return "", "empty", "nothing is found in it"


def _first_unanswered(draft: Draft) -> str:
    """The list of domains that gets the own one: mail that is kept goes before mail that is passed on."""
    for name in DOMAINS:
        setting = Setting(name, draft.lookup(name) or "")
        if any(table.kind in FOREIGN or not draft.has(table.path) for table in named(draft, setting)):
            return name
    return ""


def _local(draft: Draft, setting: Setting, table: Named, given: Table | None, compiled: dict[str, list[str]]) -> None:
    """A table that is a file: written where it is missing, compiled where its type wants that."""
    path = table.path
    if not path.startswith("/"):
        raise draft.refusal(f"{setting.what}: the table {printable(table.written)} needs an absolute path", setting)
    index = f"{path}.{'lmdb' if table.kind == 'lmdb' else 'db'}"
    if given is not None:
        if table.kind in ("regexp", "pcre", "cidr"):
            raise InputError(f"{table.key}: entries are for tables of fixed keys, not for patterns; write the file")
        draft.place(path, _lines(table.key, given))
        draft.tell(table.key, f"{len(given)} entries", "the scenario's own entries", setting)
    elif not draft.has(path):
        if table.kind in BUILT and draft.has(index):
            draft.tell(table.key, "as compiled", "its source is not in the folder; the compiled table is used", setting)
            draft.commands.append((f"postmap -s {_word(table.key)} >/dev/null", index.removeprefix(f"{ETC}/")))
            return
        _missing(draft, setting, table)
    if table.kind in BUILT and (path in draft.files or table.kind != "hash"):
        tool = "postalias" if setting.name in ALIASES else "postmap -F" if setting.name in SECRETS else "postmap"
        compiled.setdefault(tool, []).append(f"{table.kind}:{path}")


def _missing(draft: Draft, setting: Setting, table: Named) -> None:
    """The stand-in for a file that is not there: with it, Postfix answers; without, it says 451 4.3.0."""
    content, value, _ = _meaning(draft, setting, table)
    if content is None:
        content, value = ("", "empty") if table.kind in BUILT | {"texthash", "cidr"} else ("/^/ exists\n", value)
        if not content:
            draft.substitute(setting, table.written, EVERYBODY)
            value = "every recipient exists"
    elif _how(content) == "regexp" and table.kind not in ("regexp", "pcre"):
        draft.substitute(setting, table.written, f"regexp:{_place(table)}")
        draft.place(_place(table), content)
        content = ""
    draft.place(table.path, content)
    where = "the folder does not hold it" if table.path.startswith(f"{ETC}/") else "it lies outside of the folder"
    draft.tell(table.key, value, f"{where}; Postfix would answer each lookup with 451 4.3.0", setting)


def _lines(key: str, given: Table) -> str:
    for word in given:
        if not word or len(word.split()) != 1 or word.startswith("#"):
            raise InputError(f"{key}: an entry's key has to be one word: {word!r}")
    return "".join(f"{word} {' '.join(value.split()) or 'x'}\n" for word, value in given.items())


def _how(content: str) -> str:
    return "regexp" if content.startswith(_OWNER.partition("%")[0]) else "texthash"


def _word(text: str) -> str:
    """One word for a shell, whatever a file is called."""
    return "'" + text.replace("'", "'\\''") + "'"


def _place(table: Named) -> str:
    return f"{STAND_INS}/{table.kind}-{re.sub(r'[^A-Za-z0-9.]+', '-', table.path).strip('-')}"


def _known_types(draft: Draft, setting: Setting) -> None:
    """Refuse a table type that no Postfix has: smtpd(8) would answer 451 for every mail."""
    if setting.name.endswith("_maps") or setting.name in ALIASES:
        words = [found[1] for found in _TYPED.finditer(draft.expand(setting.value))]
    else:
        words = [w.partition(":")[0] for w in _LOOKED_UP.findall(draft.expand(setting.value)) if ":" in w]
    for word in words:
        if word not in TABLE_TYPES:
            near = did_you_mean(word, TABLE_TYPES)
            raise draft.refusal(f"{setting.what}: Postfix has no table type {word!r}; {near}", setting)


def _report(draft: Draft, compiled: dict[str, list[str]], elsewhere: list[tuple[Named, Setting]]) -> None:
    for tool, tables in compiled.items():
        for table in dict.fromkeys(tables):
            draft.commands.append((f"{tool} {_word(table)}", table.partition(":")[2].removeprefix(f"{ETC}/")))
    if elsewhere:
        shown = ", ".join(table.key for table, _ in elsewhere)
        kinds = "/".join(sorted({table.kind for table, _ in elsewhere}))
        reason = f"this Postfix does not compile {kinds}; the entries are the same"
        draft.tell(shown, "as hash:", reason, elsewhere[0][1])

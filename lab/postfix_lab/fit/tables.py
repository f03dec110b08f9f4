"""Lookup tables: compiled again from their source, or replaced where nobody is there to answer.

What answers the lookups of a table is one choice, `choose`; one function carries out each `Backend`.

Whatever is not there is empty in its stand-in, with three exceptions, because an empty table says much in these
places: domains (nothing would be the own mail host's), recipients (nobody would exist) and the owners of sender
addresses (no authenticated user might send).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Table
from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.fit.named_tables import NOT_TABLES, Named, named
from postfix_lab.fit.own_domains import domains, mail_domain, own_domain, own_domains
from postfix_lab.fit.table_entries import Entries
from postfix_lab.postfix.files.place import DEFAULT, plain
from postfix_lab.postfix.parameters import (
    ALIASES,
    BUILT,
    CACHES,
    DOMAINS,
    ELSEWHERE_BUILT,
    ETC,
    FOREIGN,
    OWNERS,
    RECIPIENTS,
    SECRETS,
    TABLE_TYPES,
)
from postfix_lab.text import did_you_mean, printable

STAND_INS = "/etc/postfix-lab/tables"
_TYPED = re.compile(r"(?:proxy:)?([a-z][\w-]*):[\w/$({]")
_OF_TABLES = re.compile(r"(?:pipemap|unionmap|randmap):\{(.*)\}")
"""A table that is made of others; what is in the braces of another kind is its content."""
_LOOKED_UP = re.compile(r"check_\w+_access\s+([^\s,]+)")
_OWNER = "/^(.+@%s)$/ $1\n"
"""An address of that domain, in a regular expression, belongs to the user of its name."""
EVERYBODY = "static:exists"


class Backend(Enum):
    """What answers a table's lookups in the mail host."""

    BUILT = "built"
    """The table itself: its file as it is, or compiled from it."""
    COMPILED = "compiled"
    """The compiled table that the folder holds, without its source."""
    AS_HASH = "as hash"
    """The same entries as a `hash` table: this Postfix does not compile its type."""
    EMPTY_FILE = "empty file"
    """A file in the place of the one that is missing: empty, or what is said instead of nothing."""
    STAND_IN = "stand-in"
    """Another table, for one that a server answers who is not in the lab."""


@dataclass
class _Work:
    """What is known while the tables of a draft are gone through."""

    draft: Draft
    compiled: dict[str, list[str]] = field(default_factory=dict)
    """The tables that each tool has to compile."""
    elsewhere: list[tuple[Named, Setting]] = field(default_factory=list)
    """Those that are compiled as another type."""


def fit(draft: Draft) -> None:
    """Give every table that the configuration names a content."""
    entries = Entries(draft.choices.tables, draft.choices.csv)
    _implied_accounts(draft)
    work = _Work(draft)
    seen: dict[tuple[str, str], str] = {}
    for setting in tuple(draft.settings()):
        if setting.name in CACHES | NOT_TABLES:
            continue
        for table in named(draft, setting):
            given = entries.of(table.key)
            key = (table.key, _role(setting, table))
            if key not in seen:
                backend = choose(draft, table, given=given is not None)
                seen[key] = _CARRY_OUT[backend](work, setting, table, given)
            elif seen[key] != table.written:
                draft.substitute(setting, table.written, seen[key])
        _known_types(draft, setting)
    entries.require_all_used()
    _report(work)


def choose(draft: Draft, table: Named, *, given: bool) -> Backend:
    """What answers that table here; `given`: the scenario has entries for it."""
    if table.kind in FOREIGN | {"unix"}:
        return Backend.STAND_IN
    if table.kind in ELSEWHERE_BUILT:
        return Backend.AS_HASH
    if given or draft.has(table.path):
        return Backend.BUILT
    if table.kind in BUILT and draft.has(_index(table)):
        return Backend.COMPILED
    return Backend.EMPTY_FILE


def _role(setting: Setting, table: Named) -> str:
    """What the content of a stand-in depends on: whoever exists as a recipient has no alias by the same table."""
    roles = {"recipients": RECIPIENTS, "owners": OWNERS, "domains": DOMAINS}
    found = next((role for role, names in roles.items() if setting.name in names), "")
    return found if table.kind in FOREIGN else ""


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


def _as_hash(work: _Work, setting: Setting, table: Named, given: Table | None) -> str:
    """Have the same entries compiled as another type."""
    work.elsewhere.append((table, setting))
    instead = Named(f"hash:{table.path}", "hash", table.path)
    work.draft.substitute(setting, table.written, instead.written)
    return _CARRY_OUT[choose(work.draft, instead, given=given is not None)](work, setting, instead, given)


def _stand_in(work: _Work, setting: Setting, table: Named, given: Table | None) -> str:
    """Put another table in the place of one that nobody answers; returns how it is named now."""
    draft = work.draft
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


def _built(work: _Work, setting: Setting, table: Named, given: Table | None) -> str:
    """Read or compile a file of the folder, or one of the scenario's entries."""
    path = _absolute(work.draft, setting, table)
    if given is not None:
        if table.kind in {"regexp", "pcre", "cidr"}:
            raise InputError(f"{table.key}: entries are for tables of fixed keys, not for patterns; write the file")
        work.draft.place(path, _lines(table.key, given))
        work.draft.tell(table.key, f"{len(given)} entries", "the scenario's own entries", setting)
    if table.kind in BUILT and (path in work.draft.files or table.kind != "hash"):
        tool = "postalias" if setting.name in ALIASES else "postmap -F" if setting.name in SECRETS else "postmap"
        work.compiled.setdefault(tool, []).append(f"{table.kind}:{path}")
    return table.written


def _compiled(work: _Work, setting: Setting, table: Named, _: Table | None) -> str:
    """Use what the folder holds; a failure to read it is one of that file."""
    draft, index = work.draft, _index(table)
    _absolute(draft, setting, table)
    draft.tell(table.key, "as compiled", "its source is not in the folder; the compiled table is used", setting)
    draft.commands.append((f"postmap -s {_word(table.key)} >/dev/null", index.removeprefix(f"{ETC}/")))
    return table.written


def _empty_file(work: _Work, setting: Setting, table: Named, given: Table | None) -> str:
    """Write the file that is missing, and build the table from it."""
    _absolute(work.draft, setting, table)
    _missing(work.draft, setting, table)
    return _built(work, setting, table, given)


_CARRY_OUT: dict[Backend, Callable[[_Work, Setting, Named, Table | None], str]] = {
    Backend.BUILT: _built,
    Backend.COMPILED: _compiled,
    Backend.AS_HASH: _as_hash,
    Backend.EMPTY_FILE: _empty_file,
    Backend.STAND_IN: _stand_in,
}
"""What is done for each; it returns how the table is named now, wherever the configuration names it again."""


def _absolute(draft: Draft, setting: Setting, table: Named) -> str:
    if not table.path.startswith("/"):
        raise draft.refusal(f"{setting.what}: the table {printable(table.written)} needs an absolute path", setting)
    return table.path


def _index(table: Named) -> str:
    """The file of a compiled table."""
    return f"{table.path}.{'lmdb' if table.kind == 'lmdb' else 'db'}"


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
        words = list(_types(draft.expand(setting.value)))
    else:
        words = [w.partition(":")[0] for w in _LOOKED_UP.findall(draft.expand(setting.value)) if ":" in w]
    for word in words:
        if word not in TABLE_TYPES:
            near = did_you_mean(word, TABLE_TYPES)
            raise draft.refusal(f"{setting.what}: Postfix has no table type {word!r}; {near}", setting)


def _types(tables: str) -> Iterator[str]:
    for word in plain(tables, DEFAULT):
        if inner := _OF_TABLES.match(word.text):
            yield from _types(inner[1])
        elif found := _TYPED.match(word.text):
            yield found[1]


def _report(work: _Work) -> None:
    for tool, tables in work.compiled.items():
        for table in dict.fromkeys(tables):
            work.draft.commands.append((f"{tool} {_word(table)}", table.partition(":")[2].removeprefix(f"{ETC}/")))
    if work.elsewhere:
        shown = ", ".join(table.key for table, _ in work.elsewhere)
        kinds = "/".join(sorted({table.kind for table, _ in work.elsewhere}))
        reason = f"this Postfix does not compile {kinds}; the entries are the same"
        work.draft.tell(shown, "as hash:", reason, work.elsewhere[0][1])

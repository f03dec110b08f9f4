"""Lookup tables: compiled from their source, or replaced if their file or server is missing.

`choose` selects a table's `Backend`; one function carries out each. A stand-in is an empty table, with three
exceptions: for domains (an empty table would make every domain foreign), recipients (it would refuse all) and the
logins of sender addresses (it would refuse every authenticated sender).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Table
from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.fit.named_tables import NOT_TABLES, TableReference, table_references
from postfix_lab.fit.own_domains import domains, mail_domain, own_domain, own_domains
from postfix_lab.fit.table_entries import Entries
from postfix_lab.postfix.files.place import DEFAULT, split_words
from postfix_lab.postfix.parameters import (
    ALIASES,
    BUILT,
    BUILTIN,
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
"""A table that combines others; in other types the braces hold the content."""
_LOOKED_UP = re.compile(r"check_\w+_access\s+([^\s,]+)")
_OWNER = "/^(.+@%s)$/ $1\n"
"""A regexp table in which each address of a domain belongs to the login of the same name."""
EVERYBODY = "static:exists"


class Backend(Enum):
    """What answers the lookups of a table in the mail host."""

    BUILT = auto()
    """The table itself: its file as it is, or compiled from it."""
    COMPILED = auto()
    """The compiled table of the folder, whose source is missing."""
    AS_HASH = auto()
    """A `hash` table with the same entries: this Postfix cannot compile its type."""
    EMPTY_FILE = auto()
    """A file in place of the missing one: empty, or with the content of a stand-in."""
    STAND_IN = auto()
    """Another table, in place of one that a server outside of the lab answers."""


@dataclass
class _Work:
    """The state while the tables of a draft are processed."""

    draft: Draft
    compiled: dict[str, list[str]] = field(default_factory=dict)
    """Tool -> the tables that it has to compile."""
    elsewhere: list[tuple[TableReference, Setting]] = field(default_factory=list)
    """The tables that are compiled as another type."""


def fit(draft: Draft) -> None:
    """Provide every table that the configuration names."""
    entries = Entries(draft.choices.tables, draft.choices.csv)
    _implied_accounts(draft)
    work = _Work(draft)
    seen: dict[tuple[str, int | None], str] = {}
    for setting in tuple(draft.settings()):
        if setting.name in CACHES | NOT_TABLES:
            continue
        for table in table_references(draft, setting):
            given = entries.get(table.key)
            key = (table.key, _role(setting, table))
            if key not in seen:
                backend = choose(draft, table, given=given is not None)
                seen[key] = _CARRY_OUT[backend](work, setting, table, given)
            elif seen[key] != table.written:
                draft.substitute(setting, table.written, seen[key])
        _check_types(draft, setting)
    entries.require_all_used()
    _report(work)


def choose(draft: Draft, table: TableReference, *, given: bool) -> Backend:
    """Choose the backend of a table; `given`: the scenario has entries for it."""
    if table.kind in FOREIGN | {"unix"}:
        return Backend.STAND_IN
    if table.kind in ELSEWHERE_BUILT:
        return Backend.AS_HASH
    if given or draft.has(table.path):
        return Backend.BUILT
    if table.kind in BUILT and draft.has(_index(table)):
        return Backend.COMPILED
    return Backend.EMPTY_FILE


def _role(setting: Setting, table: TableReference) -> int | None:
    """The role of a server's table, on which its stand-in depends: recipients, owners, domains (by number), or none."""
    if table.kind not in FOREIGN:
        return None
    return next((number for number, names in enumerate((RECIPIENTS, OWNERS, DOMAINS)) if setting.name in names), None)


def _implied_accounts(draft: Draft) -> None:
    """Set local_recipient_maps if its default, the host's accounts, is in use: they are not in the folder."""
    if "local_recipient_maps" in draft.parameters or not draft.value("mydestination").strip():
        return
    if not {own_domain(draft), draft.value("myhostname")} & set(domains(draft, "mydestination")):
        return
    draft.set(Setting("local_recipient_maps", ""), BUILTIN["local_recipient_maps"])
    if "alias_maps" not in draft.parameters:
        draft.set(Setting("alias_maps", ""), BUILTIN["alias_maps"])
        draft.add_delta("alias_maps", BUILTIN["alias_maps"], "its default also asks NIS, which is not in the lab")


def _as_hash(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Compile the same entries as `hash`; returns the table's new name."""
    work.elsewhere.append((table, setting))
    instead = TableReference(f"hash:{table.path}", "hash", table.path)
    work.draft.substitute(setting, table.written, instead.written)
    return _CARRY_OUT[choose(work.draft, instead, given=given is not None)](work, setting, instead, given)


def _stand_in(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Replace a table that no server answers; returns the table's new name."""
    draft = work.draft
    content, value, reason = _stand_in_content(draft, setting, table)
    if given is not None:
        content, value, reason = _table_text(table.key, given), f"{len(given)} entries", "the scenario's own entries"
    place = _stand_in_path(table)
    if place in draft.files and draft.files[place].text != content:
        place = f"{place}-{setting.name}"
    instead = EVERYBODY if content is None else f"{_content_type(content)}:{place}"
    if content is not None:
        draft.place(place, content)
    draft.substitute(setting, table.written, instead)
    who = "the host's accounts are not in the lab" if table.kind == "unix" else f"no {table.kind} server is in the lab"
    draft.add_delta(f"{table.key} ({setting.what})", value, f"{who}; {reason}", setting)
    return instead


def _stand_in_content(draft: Draft, setting: Setting, table: TableReference) -> tuple[str | None, str, str]:
    """The content of a stand-in, its description and the reason; content None: every key is found."""
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


def _first_unanswered(draft: Draft) -> str | None:
    """The first list of domains with a missing table, which gets the own domain; final destinations come first."""
    for name in DOMAINS:
        setting = Setting(name, draft.lookup(name) or "")
        if any(table.kind in FOREIGN or not draft.has(table.path) for table in table_references(draft, setting)):
            return name
    return None


def _build(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Use a file of the folder or the scenario's entries, compiled if needed; returns the table's name."""
    path = _require_absolute(work.draft, setting, table)
    if given is not None:
        if table.kind in {"regexp", "pcre", "cidr"}:
            raise InputError(f"{table.key}: entries are for tables of fixed keys, not for patterns; write the file")
        work.draft.place(path, _table_text(table.key, given))
        work.draft.add_delta(table.key, f"{len(given)} entries", "the scenario's own entries", setting)
    if table.kind in BUILT and (path in work.draft.files or table.kind != "hash"):
        tool = "postalias" if setting.name in ALIASES else "postmap -F" if setting.name in SECRETS else "postmap"
        work.compiled.setdefault(tool, []).append(f"{table.kind}:{path}")
    return table.written


def _use_compiled(work: _Work, setting: Setting, table: TableReference, _: Table | None) -> str:
    """Use the compiled table of the folder; returns its name."""
    draft, index = work.draft, _index(table)
    _require_absolute(draft, setting, table)
    draft.add_delta(table.key, "as compiled", "its source is not in the folder; the compiled table is used", setting)
    draft.commands.append((f"postmap -s {_shell_word(table.key)} >/dev/null", index.removeprefix(f"{ETC}/")))
    return table.written


def _empty_file(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Write the missing file and build the table from it; returns the table's name."""
    _require_absolute(work.draft, setting, table)
    _place_missing(work.draft, setting, table)
    return _build(work, setting, table, given)


_CARRY_OUT: dict[Backend, Callable[[_Work, Setting, TableReference, Table | None], str]] = {
    Backend.BUILT: _build,
    Backend.COMPILED: _use_compiled,
    Backend.AS_HASH: _as_hash,
    Backend.EMPTY_FILE: _empty_file,
    Backend.STAND_IN: _stand_in,
}
"""Backend -> its function; it returns the table's new name, used wherever the configuration names it again."""


def _require_absolute(draft: Draft, setting: Setting, table: TableReference) -> str:
    if not table.path.startswith("/"):
        raise draft.refusal(f"{setting.what}: the table {printable(table.written)} needs an absolute path", setting)
    return table.path


def _index(table: TableReference) -> str:
    """The file of a compiled table."""
    return f"{table.path}.{'lmdb' if table.kind == 'lmdb' else 'db'}"


def _place_missing(draft: Draft, setting: Setting, table: TableReference) -> None:
    """Write a stand-in for a missing file, because Postfix would answer 451 4.3.0."""
    content, value, _ = _stand_in_content(draft, setting, table)
    if content is None:
        content, value = ("", "empty") if table.kind in BUILT | {"texthash", "cidr"} else ("/^/ exists\n", value)
        if not content:
            draft.substitute(setting, table.written, EVERYBODY)
            value = "every recipient exists"
    elif _content_type(content) == "regexp" and table.kind not in ("regexp", "pcre"):
        draft.substitute(setting, table.written, f"regexp:{_stand_in_path(table)}")
        draft.place(_stand_in_path(table), content)
        content = ""
    draft.place(table.path, content)
    where = "the folder does not hold it" if table.path.startswith(f"{ETC}/") else "it lies outside of the folder"
    draft.add_delta(table.key, value, f"{where}; Postfix would answer each lookup with 451 4.3.0", setting)


def _table_text(key: str, given: Table) -> str:
    for word in given:
        if not word or len(word.split()) != 1 or word.startswith("#"):
            raise InputError(f"{key}: an entry's key has to be one word: {word!r}")
    return "".join(f"{word} {' '.join(value.split()) or 'x'}\n" for word, value in given.items())


def _content_type(content: str) -> str:
    return "regexp" if content.startswith(_OWNER.partition("%")[0]) else "texthash"


def _shell_word(text: str) -> str:
    """The text quoted as one word for a shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _stand_in_path(table: TableReference) -> str:
    return f"{STAND_INS}/{table.kind}-{re.sub(r'[^A-Za-z0-9.]+', '-', table.path).strip('-')}"


def _check_types(draft: Draft, setting: Setting) -> None:
    """Raise `InputError` for an unknown table type: smtpd(8) would answer 451 to every mail."""
    if setting.name.endswith("_maps") or setting.name in ALIASES:
        words = list(_types(draft.expand(setting.value)))
    else:
        words = [w.partition(":")[0] for w in _LOOKED_UP.findall(draft.expand(setting.value)) if ":" in w]
    for word in words:
        if word not in TABLE_TYPES:
            near = did_you_mean(word, TABLE_TYPES)
            raise draft.refusal(f"{setting.what}: Postfix has no table type {word!r}; {near}", setting)


def _types(tables: str) -> Iterator[str]:
    for word in split_words(tables, DEFAULT):
        if inner := _OF_TABLES.match(word.text):
            yield from _types(inner[1])
        elif found := _TYPED.match(word.text):
            yield found[1]


def _report(work: _Work) -> None:
    for tool, tables in work.compiled.items():
        for table in dict.fromkeys(tables):
            file = table.partition(":")[2].removeprefix(f"{ETC}/")
            work.draft.commands.append((f"{tool} {_shell_word(table)}", file))
    if work.elsewhere:
        shown = ", ".join(table.key for table, _ in work.elsewhere)
        kinds = "/".join(sorted({table.kind for table, _ in work.elsewhere}))
        reason = f"this Postfix does not compile {kinds}; the entries are the same"
        work.draft.add_delta(shown, "as hash:", reason, work.elsewhere[0][1])

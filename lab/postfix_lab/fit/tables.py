"""Lookup tables: compiled from their source, used as compiled, left missing as in life, or replaced.

`choose` selects a table's `Backend`; one function carries out each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Table
from postfix_lab.fit.delta import MISSING
from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.fit.index_command import index_command, shell_word
from postfix_lab.fit.named_tables import NOT_TABLES, TableReference, table_references
from postfix_lab.fit.own_domains import domains, own_domain
from postfix_lab.fit.readers import readers
from postfix_lab.fit.table_backends import Backend, choose, choose_as_hash, index_path, lacks_index
from postfix_lab.fit.table_entries import Entries
from postfix_lab.fit.table_servers import require_known, serve
from postfix_lab.fit.table_stand_ins import EVERYBODY, content_type, place_missing, stand_in_content, stand_in_path
from postfix_lab.fit.table_types import check_types
from postfix_lab.postfix.parameters import (
    ALIASES,
    BUILT,
    BUILTIN,
    CACHES,
    DOMAINS,
    ETC,
    FOREIGN,
    OWNERS,
    PASSWORDS,
    RECIPIENTS,
    SECRETS,
)
from postfix_lab.text import printable

_SHOWN = 4


@dataclass
class _Work:
    """The state while the tables of a draft are processed."""

    draft: Draft
    compiled: dict[str, list[str]] = field(default_factory=dict)
    """Tool -> the tables that it has to compile."""
    elsewhere: list[tuple[TableReference, Setting]] = field(default_factory=list)
    """The tables that are compiled as another type."""
    sources: list[tuple[TableReference, Setting]] = field(default_factory=list)
    """The tables that are compiled from a source of the folder."""
    indexed: list[tuple[TableReference, Setting]] = field(default_factory=list)
    """The tables whose index of the folder is used."""


def fit(draft: Draft) -> None:
    """Provide every table that the configuration names."""
    entries = Entries(draft.choices.tables, draft.choices.csv, draft.choices.beside)
    _implied_accounts(draft)
    work = _Work(draft)
    seen: dict[tuple[str, str], str] = {}
    for setting in tuple(draft.settings()):
        if setting.name in CACHES | NOT_TABLES:
            continue
        for table in table_references(draft, setting):
            given = entries.get(table.key)
            key = (table.key, _role(setting, table))
            if key not in seen:
                if table.key in draft.choices.table_rules:
                    seen[key] = serve(draft, setting, table, given)
                    continue
                secret = setting.name in PASSWORDS
                backend = choose(draft, table, given=given is not None, secret=secret)
                seen[key] = _CARRY_OUT[backend](work, setting, table, given)
            elif seen[key] != table.written:
                draft.substitute(setting, table.written, seen[key])
        check_types(draft, setting)
    entries.require_all_used()
    if entries.left and draft.choices.beside:
        reason = f"the configuration names no table of that name ({draft.choices.beside.folder})"
        draft.add_delta(", ".join(entries.left), "left where it is", reason)
    require_known(draft.choices.table_rules, entries.asked)
    _report(work)


def _role(setting: Setting, table: TableReference) -> str:
    """The role of a server's table, on which its stand-in depends: recipients, owners, domains, or none.

    Who can read the host's accounts depends on the daemon, so each setting is one by itself.
    """
    if table.kind == "unix":
        return f"{table.written} of {setting.what}"
    roles = {"recipients": RECIPIENTS, "owners": OWNERS, "domains": DOMAINS}
    found = next((role for role, names in roles.items() if setting.name in names), "")
    return found if table.kind in FOREIGN else ""


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
    backend = choose_as_hash(work.draft, table, given=given is not None)
    return _CARRY_OUT[backend](work, setting, instead, given)


def _answer(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Replace a table of a server or of accounts, except for daemons that cannot read the accounts in life either."""
    draft = work.draft
    asking = readers(draft, setting, table.written) if table.kind == "unix" and not draft.lends_all else ()
    inside = next((service for service in asking if draft.is_chrooted(service)), None)
    if inside is None:
        return _stand_in(work, setting, table, given)
    who = f"{inside.command}(8) is chrooted, and there are no accounts of the host in the chroot"
    reason = f"{who}: 451 4.3.0 for each lookup; proxy:{table.key} asks proxymap(8), which is outside of it"
    draft.add_delta(f"{table.key} ({setting.what})", MISSING, reason, setting)
    for service in asking:
        if not draft.is_chrooted(service) and setting.service is None:
            _stand_in(work, replace(setting, service=service), table, given)
    return table.written


def _leave_missing(work: _Work, setting: Setting, table: TableReference, _: Table | None) -> str:
    """Leave out what the configuration itself lacks; returns the table's name."""
    draft, written = work.draft, table.written
    path = _require_absolute(draft, setting, table)
    if table.kind in FOREIGN:
        written = f"texthash:{path}"  # What opens the file is not in this Postfix; the failure is the same.
        draft.substitute(setting, table.written, written)
    lost = f"{index_path(table)}, which other tables of the folder have" if lacks_index(draft, table) else path
    reason = f"the folder does not hold {lost}; Postfix answers each lookup with 451; stand_ins = all lends one"
    draft.add_delta(table.key, MISSING, reason, setting)
    return written


def _stand_in(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Replace a table that no server answers; returns the table's new name."""
    draft = work.draft
    content, value, reason = stand_in_content(draft, setting, table)
    if given is not None:
        content, value, reason = _table_text(table.key, given), f"{len(given)} entries", "the scenario's own entries"
    place = stand_in_path(table)
    if place in draft.files and draft.files[place].text != content:
        place = f"{place}-{setting.name}"
    instead = EVERYBODY if content is None else f"{content_type(content)}:{place}"
    if content is not None:
        draft.place(place, content)
    draft.substitute(setting, table.written, instead)
    who = "the host's accounts are not in the lab" if table.kind == "unix" else f"no {table.kind} server is in the lab"
    draft.add_delta(f"{table.key} ({setting.what})", value, f"{who}; {reason}", setting)
    return instead


def _build(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Use a file of the folder or the scenario's entries, compiled if needed; returns the table's name."""
    path = _require_absolute(work.draft, setting, table)
    if given is not None:
        if table.kind in {"regexp", "pcre", "cidr"}:
            raise InputError(f"{table.key}: entries are for tables of fixed keys, not for patterns; write the file")
        work.draft.place(path, _table_text(table.key, given))
        work.draft.add_delta(table.key, f"{len(given)} entries", "the scenario's own entries", setting)
    if table.kind in BUILT and (path in work.draft.files or table.kind != "hash"):
        work.compiled.setdefault(_compiler(setting), []).append(f"{table.kind}:{path}")
        if not path.startswith(f"{ETC}/"):
            # postmap(1) writes it anew, and it goes with the setup; of an empty file Postfix complains, but for lmdb.
            work.draft.place(index_path(table), "" if table.kind == "lmdb" else "compiled\n")
        if given is None and path.removeprefix(f"{ETC}/") in work.draft.source.files:
            work.sources.append((table, setting))
    return table.written


def _compiler(setting: Setting) -> str:
    return "postalias" if setting.name in ALIASES else "postmap -F" if setting.name in SECRETS else "postmap"


def _use_index(work: _Work, setting: Setting, table: TableReference, _: Table | None) -> str:
    """Use the compiled table of the folder, whether or not it has what its source has; returns the table's name."""
    if table.key not in [named.key for named, _ in work.indexed]:
        work.indexed.append((table, setting))
        command = index_command(_compiler(setting), table.kind, table.path, index_path(table))
        work.draft.commands.append((command, table.path.removeprefix(f"{ETC}/")))
    return table.written


def _use_compiled(work: _Work, setting: Setting, table: TableReference, _: Table | None) -> str:
    """Use the compiled table of the folder; returns its name."""
    draft, index = work.draft, index_path(table)
    _require_absolute(draft, setting, table)
    draft.add_delta(table.key, "as compiled", "its source is not in the folder; the compiled table is used", setting)
    draft.commands.append((f"postmap -s {shell_word(table.key)} >/dev/null", index.removeprefix(f"{ETC}/")))
    return table.written


def _empty_file(work: _Work, setting: Setting, table: TableReference, given: Table | None) -> str:
    """Write the missing file and build the table from it; returns the table's name."""
    _require_absolute(work.draft, setting, table)
    place_missing(work.draft, setting, table)
    return _build(work, setting, table, given)


_CARRY_OUT: dict[Backend, Callable[[_Work, Setting, TableReference, Table | None], str]] = {
    Backend.BUILT: _build,
    Backend.COMPILED: _use_compiled,
    Backend.AS_HASH: _as_hash,
    Backend.EMPTY_FILE: _empty_file,
    Backend.STAND_IN: _answer,
    Backend.INDEX: _use_index,
    Backend.MISSING: _leave_missing,
}
"""Backend -> its function; it returns the table's new name, used wherever the configuration names it again."""


def _require_absolute(draft: Draft, setting: Setting, table: TableReference) -> str:
    if not table.path.startswith("/"):
        raise draft.refusal(f"{setting.what}: the table {printable(table.written)} needs an absolute path", setting)
    return table.path


def _table_text(key: str, given: Table) -> str:
    for word in given:
        if not word or len(word.split()) != 1 or word.startswith("#"):
            raise InputError(f"{key}: an entry's key has to be one word: {word!r}")
    return "".join(f"{word} {' '.join(value.split()) or 'x'}\n" for word, value in given.items())


def _report(work: _Work) -> None:
    for tool, tables in work.compiled.items():
        for table in dict.fromkeys(tables):
            file = table.partition(":")[2].removeprefix(f"{ETC}/")
            work.draft.commands.append((f"{tool} {shell_word(table)}", file))
    if work.sources:
        reason = "the folder holds no compiled table: postmap(1) is run, as a deploy does; without it, 451 4.3.5"
        work.draft.add_delta(_names(work.sources), "compiled", reason, work.sources[0][1])
    if work.indexed:
        reason = "the folder's compiled tables count, as on the host, also where their sources say something else"
        work.draft.add_delta(_names(work.indexed), "as compiled", reason, work.indexed[0][1])
    if work.elsewhere:
        kinds = "/".join(sorted({table.kind for table, _ in work.elsewhere}))
        reason = f"this Postfix does not compile {kinds}; the entries are the same"
        work.draft.add_delta(_names(work.elsewhere), "as hash:", reason, work.elsewhere[0][1])


def _names(tables: list[tuple[TableReference, Setting]]) -> str:
    once = list(dict.fromkeys(table.key for table, _ in tables))
    return ", ".join(once[:_SHOWN]) + (f" and {len(once) - _SHOWN} more" if once[_SHOWN:] else "")

"""Lookup tables: files that are missing, entries that Postfix skips, servers that a chrooted daemon cannot reach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.examined import CommandOutput
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.fit.draft import Setting
from postfix_lab.fit.named_tables import NOT_TABLES, TableReference, table_references
from postfix_lab.postfix.parameters import BUILT, CACHES, ELSEWHERE_BUILT, ETC, PLAIN
from postfix_lab.text import printable, shorten

_FILES = BUILT | PLAIN | ELSEWHERE_BUILT
_NUMBERED = re.compile(r"(/[^\s,:]+),? (?:line|lines) (\d+)")
_LOCAL = re.compile(r"^\s*hosts\s*=.*?(localhost|unix:\S+|(?<![\w.])/\S+)", re.MULTILINE)
_DATABASES = ("mysql", "pgsql")
_INSIDE = ("smtpd", "cleanup", "trivial-rewrite")
"""Daemons that look up most tables by themselves."""
_TOLD = 300


@dataclass(frozen=True)
class LookupTable:
    """A table in a file, and the setting that names it."""

    setting: Setting
    named: TableReference


def tables(written: AdminConfig) -> tuple[LookupTable, ...]:
    """Return every table whose file exists, each once."""
    found = {table.named.key: table for table in _tables(written) if table.named.kind in BUILT | PLAIN}
    return tuple(table for table in found.values() if written.draft.has(table.named.path))


def judge(
    written: AdminConfig, planned: Iterable[LookupTable], answers: Iterable[str], compiled: Iterable[CommandOutput]
) -> Iterator[AuditFinding]:
    """Yield findings from the messages of lookups and of postmap(1), and from the files themselves."""
    places = {table.named.path: written.setting_place(table.setting, table.named.path) for table in planned}
    outputs = [(table.named.path, text) for table, text in zip(planned, answers, strict=True)]
    outputs += [(output.about, output.text) for output in compiled if output.about.startswith("/")]
    lines = dict.fromkeys((path, line.strip()) for path, text in outputs for line in text.splitlines() if line.strip())
    for path, line in lines:
        if f"{ETC}/main.cf" in line or f"{ETC}/master.cf" in line:
            continue  # Every command of Postfix says it, and postconf(1) has been asked.
        yield _complaint(written, places.get(path) or FilePlace(written.source.main), path, line)
    yield from _missing(written)
    yield from _servers(written)


def _complaint(written: AdminConfig, place: FilePlace, path: str, line: str) -> AuditFinding:
    bare = re.sub(r"^(postmap|postalias): ", "", line)
    severity = Severity.ERROR if re.match(r"(fatal|panic|error): ", bare) else Severity.WARNING
    numbered = _NUMBERED.search(bare)
    name = numbered[1].removeprefix(f"{ETC}/").removesuffix(".db") if numbered else ""
    where = f"line {numbered[2]} of {name}" if numbered and name in written.source.files else path
    remedy = f"mend {where}; `postmap -q KEY TYPE:{path}` says whether Postfix can read it"
    return AuditFinding(FindingKind.TABLE, severity, place, shorten(printable(bare), _TOLD), remedy)


def _tables(written: AdminConfig) -> Iterator[LookupTable]:
    for setting in written.draft.settings():
        if setting.name not in CACHES | NOT_TABLES:
            yield from (LookupTable(setting, reference) for reference in table_references(written.draft, setting))


def _missing(written: AdminConfig) -> Iterator[AuditFinding]:
    seen = set()
    for lookup in _tables(written):
        table = lookup.named
        index = f"{table.path}.{'lmdb' if table.kind == 'lmdb' else 'db'}"
        there = written.draft.has(table.path) or (table.kind in BUILT and written.draft.has(index))
        if table.kind not in _FILES or there or not table.path.startswith("/") or table.path in seen:
            continue
        seen.add(table.path)
        inside = table.path.startswith(f"{ETC}/")
        where = "is not in the folder" if inside else "lies outside of the folder"
        severity = Severity.ERROR if inside else Severity.NOTE
        what = f"{lookup.setting.what}: the table {table.key} {where}; without it Postfix answers 451 4.3.0"
        remedy = "see to it on the host itself; here it has a stand-in"
        if inside:
            remedy = f"copy {table.path} into the folder, or take it out of {lookup.setting.what}"
        yield AuditFinding(FindingKind.TABLE, severity, written.setting_place(lookup.setting, table.path), what, remedy)


def _servers(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield findings for databases behind a UNIX socket that chrooted daemons query without proxymap(8)."""
    chrooted = next((s for s in written.services if s.command in _INSIDE and s.chrooted), None)
    seen = set()
    for lookup in _tables(written) if chrooted else ():
        content = written.draft.files.get(lookup.named.path)
        local = _LOCAL.search(content.text) if content and lookup.named.kind in _DATABASES else None
        if chrooted is None or local is None or lookup.named.written.startswith("proxy:") or lookup.named.key in seen:
            continue
        seen.add(lookup.named.key)
        what = (
            f"{lookup.setting.what}: {lookup.named.key} asks the server at {local[1]}, which is a UNIX socket outside "
            f"of the chroot of {chrooted.command}(8) ({written.service_place(chrooted)})"
        )
        remedy = f"write proxy:{lookup.named.key}, or hosts = 127.0.0.1 in {lookup.named.path}"
        place = written.setting_place(lookup.setting, lookup.named.path)
        yield AuditFinding(FindingKind.SOCKET, Severity.ERROR, place, printable(what), remedy)

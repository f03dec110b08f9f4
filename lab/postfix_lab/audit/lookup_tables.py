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
from postfix_lab.fit.places import place_hint
from postfix_lab.fit.readers import readers
from postfix_lab.fit.table_backends import Backend, choose, choose_as_hash, index_path, lacks_index
from postfix_lab.postfix.parameters import BUILT, CACHES, ETC, PASSWORDS, PLAIN
from postfix_lab.text import printable, shorten

_NUMBERED = re.compile(r"(/[^\s,:]+),? (?:line|lines) (\d+)")
_LOCAL = re.compile(r"^\s*hosts\s*=.*?(localhost|unix:\S+|(?<![\w.])/\S+)", re.MULTILINE)
_DATABASES = ("mysql", "pgsql")
_STALE = re.compile(r"database \S+ is older than source file")
_TOLD = 300
_COPY = "; a start of Debian 11 and 12 copies them for this list, a reload does not, and Debian 13 never does"


@dataclass(frozen=True)
class LookupTable:
    """A table in a file, and the setting that names it."""

    setting: Setting
    named: TableReference


def tables(written: AdminConfig) -> tuple[LookupTable, ...]:
    """Return every table whose file exists, each once."""
    found = {one.named.key: one for one in _tables(written) if one.named.kind in BUILT | PLAIN}
    known = (one for one in found.values() if written.draft.has(one.named.path))
    return tuple(one for one in known if not lacks_index(written.draft, one.named))


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
    yield from _uncompiled(written)
    yield from _accounts(written)
    yield from _servers(written)


def _complaint(written: AdminConfig, place: FilePlace, path: str, line: str) -> AuditFinding:
    bare = re.sub(r"^(postmap|postalias): ", "", line)
    severity = Severity.ERROR if re.match(r"(fatal|panic|error): ", bare) else Severity.WARNING
    numbered = _NUMBERED.search(bare)
    name = numbered[1].removeprefix(f"{ETC}/").removesuffix(".db") if numbered else ""
    where = f"line {numbered[2]} of {name}" if numbered and name in written.source.files else path
    remedy = f"mend {where}; `postmap -q KEY TYPE:{path}` says whether Postfix can read it"
    if _STALE.search(bare):
        remedy = f"run `postmap` on {path}; until then what was compiled counts, not what {path} says"
    return AuditFinding(FindingKind.TABLE, severity, place, shorten(printable(bare), _TOLD), remedy)


def _tables(written: AdminConfig) -> Iterator[LookupTable]:
    for setting in written.draft.settings():
        if setting.name not in CACHES | NOT_TABLES:
            yield from (LookupTable(setting, reference) for reference in table_references(written.draft, setting))


def _missing(written: AdminConfig) -> Iterator[AuditFinding]:
    seen = set()
    for one in _tables(written):
        backend = choose(written.draft, one.named, given=False, secret=one.setting.name in PASSWORDS)
        if backend is Backend.AS_HASH:
            backend = choose_as_hash(written.draft, one.named, given=False)
        absent = backend in {Backend.MISSING, Backend.EMPTY_FILE} and one.named.path.startswith("/")
        if absent and one.named.path not in seen:
            seen.add(one.named.path)
            yield _missing_finding(written, one, backend)


def _missing_finding(written: AdminConfig, one: LookupTable, backend: Backend) -> AuditFinding:
    table, what = one.named, one.setting.what
    place = written.setting_place(one.setting, table.path)
    if lacks_index(written.draft, table):
        told = f"{what}: {table.key} has no {index_path(table)}, and the folder holds those of other tables: 451 4.3.5"
        return AuditFinding(FindingKind.TABLE, Severity.ERROR, place, told, f"run `postmap {table.key}` on the host")
    inside = table.path.startswith(f"{ETC}/")
    where = "is not in the folder" if inside else "lies outside of the folder"
    told = f"{what}: the table {table.key} {where}; without it Postfix answers 451 4.3.0"
    if backend is Backend.EMPTY_FILE and one.setting.name in PASSWORDS:
        told = f"{what}: {table.key} is not here; passwords are often left out on purpose, so here nobody has one"
        return AuditFinding(FindingKind.TABLE, Severity.NOTE, place, told, "see to it on the host itself")
    if backend is Backend.EMPTY_FILE:
        remedy = "see to it on the host itself; here it has a stand-in"
        return AuditFinding(FindingKind.TABLE, Severity.NOTE, place, told, remedy)
    remedy = f"copy {table.path} into the folder, or take it out of {what}"
    if not inside:
        remedy = f"copy it to {place_hint(written.source, table.path)}, where it is found; or mend the path"
    return AuditFinding(FindingKind.TABLE, Severity.ERROR, place, told, remedy)


def _uncompiled(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a note where the folder holds sources alone: on the host, postmap(1) has to run."""
    found = {one.named.key: one for one in _tables(written) if one.named.kind in BUILT}
    sources = [one for one in found.values() if one.named.path.startswith(f"{ETC}/")]
    bare = [one for one in sources if choose(written.draft, one.named, given=False) is Backend.BUILT]
    if bare:
        first, *others = bare
        more = f" and {len(others)} more" if others else ""
        what = f"the folder holds {first.named.key}{more} without an index: here it is compiled"
        remedy = f"run `postmap {first.named.key}` at each change on the host; without its index it is 451 4.3.5"
        place = written.setting_place(first.setting, first.named.path)
        yield AuditFinding(FindingKind.TABLE, Severity.NOTE, place, what, remedy)


def _accounts(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield findings for the host's accounts, which a chrooted daemon cannot look up by itself."""
    for one in _tables(written):
        asking = readers(written.draft, one.setting, one.named.written) if one.named.kind == "unix" else ()
        if inside := next((service for service in asking if service.chrooted), None):
            more = _COPY if one.setting.name == "local_recipient_maps" else ""
            what = (
                f"{one.setting.what}: {one.named.key} is looked up by {inside.command}(8), which is chrooted "
                f"({written.service_place(inside)}): no accounts of the host are there, so it answers 451 4.3.0{more}"
            )
            remedy = f"write proxy:{one.named.key}: proxymap(8) is not chrooted"
            place = written.setting_place(one.setting, one.named.written)
            yield AuditFinding(FindingKind.TABLE, Severity.ERROR, place, what, remedy)


def _servers(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield findings for databases behind a UNIX socket that chrooted daemons query without proxymap(8)."""
    seen = set()
    for lookup in _tables(written):
        chrooted = next((s for s in readers(written.draft, lookup.setting, lookup.named.written) if s.chrooted), None)
        content = written.draft.files.get(lookup.named.path)
        local = _LOCAL.search(content.text) if content and lookup.named.kind in _DATABASES else None
        if chrooted is None or local is None or lookup.named.key in seen:
            continue
        seen.add(lookup.named.key)
        what = (
            f"{lookup.setting.what}: {lookup.named.key} asks the server at {local[1]}, which is a UNIX socket outside "
            f"of the chroot of {chrooted.command}(8) ({written.service_place(chrooted)})"
        )
        remedy = f"write proxy:{lookup.named.key}, or hosts = 127.0.0.1 in {lookup.named.path}"
        place = written.setting_place(lookup.setting, lookup.named.path)
        yield AuditFinding(FindingKind.SOCKET, Severity.ERROR, place, printable(what), remedy)

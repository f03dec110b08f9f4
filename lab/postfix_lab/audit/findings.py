"""All findings about a configuration, from its text and the results of trying it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from postfix_lab.audit import (
    chroots,
    complaints,
    dead,
    domains,
    lookup_tables,
    policy_services,
    probe_sessions,
    transports,
    unix_sockets,
)
from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.examined import Examination
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.audit.probes import plan
from postfix_lab.errors import InputError
from postfix_lab.fit.postconf_warnings import WITHOUT_EFFECT, postconf_warnings
from postfix_lab.runtime.setup import Setup
from postfix_lab.text import printable

_ORDER = list(Severity)
_FATAL = re.compile(r"(?:fatal|panic): (.*)")
_COMPLAINS = re.compile(r"\b(fatal|panic|error|warning): ")
_FOLLOWS = re.compile(r"mail system startup failed|daemon initialization failure")
_ABSENT = re.compile(r'open "\w+" configuration .*: No such file')


def judge(setup: Setup, examined: Examination) -> tuple[AuditFinding, ...]:
    """Return all findings, by severity, then in the order of the files."""
    evidence, configured = examined.evidence, examined.configured
    if evidence is None or configured is None:
        return (_start_finding(setup, examined.refused),)
    facts = evidence.mail_host
    written = AdminConfig(setup.source, configured.master_cf, facts.debian)
    own = "" if setup.source.master else configured.master_cf
    fitted = setup.fit(facts.debian, own, facts.addresses)
    wanted = plan(fitted, facts.addresses, examined.mynetworks)
    known = [
        *dead.judge(written, configured),
        *domains.judge(written),
        *lookup_tables.judge(written, lookup_tables.tables(written), examined.tables, examined.complaints),
        *transports.judge(written),
        *policy_services.judge(written),
        *unix_sockets.judge(written, unix_sockets.sockets(written), examined.sockets),
        *chroots.judge(written, chroots.copies(written, facts.debian), examined.copies),
        *probe_sessions.judge(written, wanted, evidence),
        *_unused_parameters(written, evidence.postconf),
    ]
    return _sort([*known, *complaints.judge(written, fitted, examined, known)])


def refusal_finding(setup: Setup, error: InputError) -> AuditFinding | None:
    """Return an error found before the start as a finding; None if it is about the folder itself."""
    folder = str(setup.configuration)
    file = error.file or ""
    if not file.startswith(f"{folder}/"):
        return None
    place = FilePlace(file.removeprefix(f"{folder}/"), error.line or 0)
    words = str(error).removeprefix(f"{file}:{error.line}: " if error.line else f"{file}: ")
    remedy = f"mend that {'line' if error.line else 'file'}; nothing runs before"
    return AuditFinding(FindingKind.REFUSED, Severity.ERROR, place, printable(words), remedy)


def _start_finding(setup: Setup, output: str) -> AuditFinding:
    printed = dict.fromkeys(printable(line.strip()) for line in output.splitlines() if line.strip())
    lines = tuple(line for line in printed if _COMPLAINS.search(line)) or tuple(printed)
    causes = [found[1] for line in lines if (found := _FATAL.search(line))]
    first = (causes or ["it does not say why"])[0]
    fatal = next((cause for cause in causes if not _FOLLOWS.search(cause)), first)
    remedy = "mend what it names; `postfix check` and `postconf -n` on the host may tell more"
    what = f"Postfix does not start: {fatal}"
    return AuditFinding(FindingKind.FATAL, Severity.ERROR, _listener_place(setup, fatal), what, remedy, lines)


def _listener_place(setup: Setup, fatal: str) -> FilePlace:
    """Return the place of the listener that the message names, else main.cf."""
    source = setup.source
    if source.master:
        for service in AdminConfig(source, setup.original_text("master.cf")).services:
            port = service.name.rpartition(":")[2]
            if service.kind == "inet" and re.search(rf"(?<![\w-]){re.escape(port)}(?![\w-])", fatal):
                return FilePlace(source.master, service.first)
    return FilePlace(source.main)


def _unused_parameters(written: AdminConfig, postconf: str) -> Iterator[AuditFinding]:
    """Yield findings for unused parameters and other warnings of postconf(1)."""
    for delta in postconf_warnings(postconf, written.source):
        place = FilePlace(delta.file or written.source.main, delta.line)
        if not delta.line:
            place = written.named_place(delta.what if delta.value == WITHOUT_EFFECT else delta.reason) or place
        if delta.value == WITHOUT_EFFECT:
            what, remedy = f"{delta.what}: {delta.reason}", "take it out, or mend its spelling"
            yield AuditFinding(FindingKind.UNUSED, Severity.WARNING, place, printable(what), remedy)
        else:
            absent = _ABSENT.search(delta.reason)
            severity = Severity.NOTE if absent else Severity.WARNING
            remedy = "see to it on the host itself; the file was not brought along" if absent else "mend what it names"
            yield AuditFinding(FindingKind.WARNED, severity, place, f"postconf says: {delta.reason}", remedy)


def _sort(findings: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    once = dict.fromkeys(findings)
    by_place = sorted(once, key=lambda finding: (finding.place.file, finding.place.line))
    return tuple(sorted(by_place, key=lambda finding: _ORDER.index(finding.severity)))

"""All findings about a configuration, from its text and the results of trying it; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from postfix_lab.audit import (
    causes,
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
from postfix_lab.audit.practice import lint
from postfix_lab.audit.probes import plan
from postfix_lab.errors import InputError
from postfix_lab.fit import file_lists
from postfix_lab.fit.postconf_warnings import WITHOUT_EFFECT, postconf_warnings
from postfix_lab.postfix.files import main_cf
from postfix_lab.postfix.parameters import PLACES
from postfix_lab.runtime.setup import Setup
from postfix_lab.text import printable

_ORDER = list(Severity)
_FATAL = re.compile(r"(?:fatal|panic): (.*)")
_COMPLAINS = re.compile(r"\b(fatal|panic|[eE]rror|warning): ")
_PATH = re.compile(r'Error: ("[^"]*" should be .*)')
"""What post-install(1) says of a parameter that should be a path; it does not name the parameter."""
_FOLLOWS = re.compile(
    r"mail system startup failed|daemon initialization failure|unable to create missing queue directories"
    r"|integrity check failed"
)
_NUMBERED = re.compile(r"\S*/(main|master)\.cf(, line \d+)?: ")
_UNDEFINED = re.compile(r"undefined parameter: (\w+)")
_ABSENT = re.compile(r'open "\w+" configuration .*: No such file')


def judge(setup: Setup, examined: Examination) -> tuple[AuditFinding, ...]:
    """Return all findings, by severity, then in the order of the files."""
    evidence, configured = examined.evidence, examined.configured
    if evidence is None or configured is None:
        return (_with_line(setup, _start_finding(setup, examined.refused)),)
    written = AdminConfig(setup.source, configured.master_cf)
    facts = evidence.mail_host
    own = "" if setup.source.master else configured.master_cf
    fitted = setup.fit(facts.debian, own, facts.addresses)
    agents = transports.delivery_agents(written)
    wanted = plan(fitted, facts.addresses, examined.mynetworks, agents)
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
        *lint.judge(written, configured, facts.debian),
    ]
    found = [*known, *complaints.judge(written, fitted, examined, known)]
    return _sort(_with_line(setup, finding) for finding in causes.without_echoes(found))


def refusal_findings(setup: Setup, error: InputError) -> tuple[AuditFinding, ...]:
    """Return an error found before the start as findings: one for each list that names a missing file, else one.

    There is none if the error is about the folder itself.
    """
    found = _refusal_finding(setup, error)
    draft = AdminConfig(setup.source, "").draft if found and "without it no daemon" in found.what else None
    missing = list(file_lists.missing_lists(draft)) if draft else []
    if found is None or draft is None or len(missing) <= 1:
        return (found,) if found else ()
    told = ((FilePlace(s.file, s.line), file_lists.refusal_text(draft, s, path)) for s, path in missing)
    return _sort(replace(found, place=place, what=printable(text)) for place, text in told)


def _refusal_finding(setup: Setup, error: InputError) -> AuditFinding | None:
    folder = str(setup.configuration)
    file = error.file or ""
    if not file.startswith(f"{folder}/"):
        return None
    place = FilePlace(file.removeprefix(f"{folder}/"), error.line or 0)
    words = str(error).removeprefix(f"{file}:{error.line}: " if error.line else f"{file}: ")
    remedy = f"mend that {'line' if error.line else 'file'}; nothing runs before"
    return _with_line(setup, AuditFinding(FindingKind.REFUSED, Severity.ERROR, place, printable(words), remedy))


def _start_finding(setup: Setup, output: str) -> AuditFinding:
    printed = dict.fromkeys(printable(line.strip()) for line in output.splitlines() if line.strip())
    lines = tuple(line for line in printed if _COMPLAINS.search(line)) or tuple(printed)
    causes = [found[1] for line in lines if (found := _PATH.search(line) or _FATAL.search(line))]
    first = (causes or ["it does not say why"])[0]
    fatal = next((cause for cause in causes if not _FOLLOWS.search(cause)), first)
    remedy = "mend what it names; `postfix check` and `postconf -n` on the host may tell more"
    what = f"Postfix does not start: {fatal}"
    return AuditFinding(FindingKind.FATAL, Severity.ERROR, _start_place(setup, fatal), what, remedy, lines)


def _start_place(setup: Setup, fatal: str) -> FilePlace:
    """Return the place of the path or the listener that the message names, else main.cf."""
    source = setup.source
    quoted = re.match(r'"([^"]*)" should be', fatal)
    paths = (p for p in main_cf.in_effect(source.files[source.main]).values() if p.name in PLACES)
    if found := next((p for p in paths if quoted and p.value == quoted[1]), None):
        return FilePlace(source.main, found.first)
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
        elif undefined := _UNDEFINED.search(delta.reason):
            yield _undefined_finding(written, place, undefined[1])
        else:
            absent = _ABSENT.search(delta.reason)
            severity = Severity.NOTE if absent else Severity.WARNING
            remedy = "see to it on the host itself; the file was not brought along" if absent else "mend what it names"
            yield AuditFinding(
                FindingKind.WARNED, severity, place, f"postconf says: {_NUMBERED.sub('', delta.reason)}", remedy
            )


def _undefined_finding(written: AdminConfig, place: FilePlace, name: str) -> AuditFinding:
    """Return the finding for `$name` that nothing sets: the setting has nothing in its place."""
    at = next((s for s in written.draft.settings() if (s.file, s.line) == (place.file, place.line)), None)
    where = f"{at.what}: " if at else ""
    empty = at is not None and at.value.strip() in (f"${name}", f"${{{name}}}", f"$({name})")
    effect = "the setting is empty" if empty else "nothing is put in its place"
    what = f"{where}${name} is set nowhere, so {effect}"
    remedy = f"set {name} in {written.source.main}, or write its value there"
    return AuditFinding(FindingKind.UNDEFINED, Severity.WARNING, place, printable(what), remedy)


def _with_line(setup: Setup, finding: AuditFinding) -> AuditFinding:
    """Return the finding with the first line of its file where it is about no single line.

    What is about a file that the folder does not have, such as Debian's master.cf, has the first line of main.cf.
    """
    if finding.place.line:
        return finding
    file = finding.place.file
    known = file in setup.source.files or (setup.configuration / file).is_file()
    return replace(finding, place=FilePlace(file if known else setup.source.main, 1))


def _sort(findings: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    once = dict.fromkeys(findings)
    by_place = sorted(once, key=lambda finding: (finding.place.file, finding.place.line))
    return tuple(sorted(by_place, key=lambda finding: _ORDER.index(finding.severity)))

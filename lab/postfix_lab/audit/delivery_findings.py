"""A good client's mail that was accepted, and is held, discarded, or not delivered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.audit.trial import Aim, TrialResult
from postfix_lab.evidence.address import piece_at
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.log.events import Delivery
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.text import printable, shorten
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End

_KEPT = (End.HELD, End.DISCARDED)
_OF_CLEANUP = re.compile(r"\b(?:milter-)?(?:hold|discard): (header|body|END-OF-MESSAGE)")
_CHECKS = {
    "header": ("header_checks", "mime_header_checks", "nested_header_checks"),
    "body": ("body_checks",),
    "END-OF-MESSAGE": ("smtpd_milters",),
}
"""What cleanup(8) names, and the parameters that it may mean."""
_UNREACHABLE = re.compile(r"connect to |Host or domain name not found|Host not found|timed out|lost connection")
"""The next host is one of the admin's that the lab does not have."""


def judge(written: AdminConfig, evidence: Evidence, results: Sequence[TrialResult]) -> Iterator[AuditFinding]:
    """Yield a finding for the first canary mail that was accepted and did not arrive."""
    for result in results:
        if result.trial.aim is Aim.CANARY and (found := _finding(written, evidence, result)):
            yield found
            return  # From the other address it is the same.


def _finding(written: AdminConfig, evidence: Evidence, result: TrialResult) -> AuditFinding | None:
    queue = outcome(evidence, evidence.sessions.index(result.transcript)).message.queue
    pieces = [piece_at(evidence, where) for where in queue.lines] if queue else []
    lines = [piece for piece in pieces if isinstance(piece, LogLine)]
    if queue is not None and queue.end in _KEPT:
        return _kept_finding(written, result, queue.end, lines)
    failed = [line for line in lines if isinstance(line.event, Delivery) and line.event.status != "sent"]
    if not failed or _UNREACHABLE.search(failed[-1].text):
        return None
    what = f"a good client's mail was accepted, and not delivered: {printable(failed[-1].text)}"
    place = written.logging_place(failed[-1].program)
    return AuditFinding(FindingKind.NOT_DELIVERED, Severity.NOTE, place, what, "mend what leads there")


def _kept_finding(written: AdminConfig, result: TrialResult, end: End, lines: list[LogLine]) -> AuditFinding:
    line = lines[0] if lines else None
    text = line.text.partition(": ")[2] if line else ""
    what = f"a good client's mail is accepted and {end.value}, so nobody reads it: {_action(text)}"
    remedy = "if you mean it, --ignore not-delivered; else narrow what does it" + (
        ", and release the mail by `postsuper -H ALL`" if end is End.HELD else ""
    )
    return AuditFinding(FindingKind.NOT_DELIVERED, Severity.ERROR, _cause(written, result, text), what, remedy)


def _action(text: str) -> str:
    """Return what was done, with the name of the header, without the rest of the line."""
    return shorten(printable(re.split(r"(?<=\w:) from | from |;", text)[0]), 60)


def _cause(written: AdminConfig, result: TrialResult, text: str) -> FilePlace:
    """Return the place of the checks, milter or restriction that did it."""
    if found := _OF_CLEANUP.search(text):
        known = [written.parameter_place(name) for name in _CHECKS[found[1]]]
        return next((place for place in known if place.line), written.service_place(result.trial.service))
    asked = [step for step in result.steps("RCPT", "MAIL", "DATA", "EHLO", "CONNECT") if step.answers]
    words = ("hold", "discard")
    acts = (step for step in asked if any(answer.lower().startswith(words) for answer in step.answers))
    step = next(acts, None)
    return written.trace_place(step.restriction.place) if step else written.service_place(result.trial.service)

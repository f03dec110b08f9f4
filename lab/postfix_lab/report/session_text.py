"""One session as `send` prints it: transcript, log, DNS, Received-SPF, the decision, and what the lab changed.

Log lines and DNS questions are in the order of the timeline, each kind by itself; the transcript is that of swaks(1),
which has no times.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from postfix_lab.dns.query import query_line
from postfix_lab.evidence.timeline import Asked, Logged, timeline
from postfix_lab.postfix.log.grammar import log_line
from postfix_lab.report.explanation_text import explanation_text
from postfix_lab.report.swaks import transcript_lines
from postfix_lab.text import printable
from postfix_lab.verdict.outcome import Fate

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.verdict.explanation import Explanation
    from postfix_lab.verdict.reason import ReasonedOutcome

_COLOURS = {Fate.ACCEPT: "32", Fate.REJECT: "31", Fate.DEFER: "33"}
_OTHER = "35"
_HEADER = "Received-SPF:"
_WORDS = {
    Fate.ACCEPT: "accepted",
    Fate.DEFER: "deferred",
    Fate.REJECT: "rejected",
    Fate.DISCONNECT: "disconnected",
    Fate.INFRASTRUCTURE: "the mail host's own infrastructure is broken",
    Fate.CLOSED: "closed",
    Fate.UNKNOWN: "unknown",
}


def session_lines(
    evidence: Evidence, outcome: ReasonedOutcome, explanation: Explanation | None = None, *, colour: bool = False
) -> Iterator[str]:
    """Yield everything about the first session as lines, without control characters.

    An explanation replaces log and DNS questions, because it contains them and more of the log.
    """
    yield from transcript_lines(evidence.sessions[0])
    if explanation is not None:
        yield ""
        yield from explanation_text(explanation, colour=colour).splitlines()
    else:
        events = timeline(evidence)
        logged = (event for event in events if isinstance(event, Logged) and event.where.part == "log")
        yield from _part("log", (log_line(event.line) for event in logged))
        yield from _part("dns", (query_line(event.query) for event in events if isinstance(event, Asked)))
    yield from _part("spf", received_spf_lines(evidence))
    yield ""
    yield _paint(outcome_line(outcome), outcome.outcome) if colour else outcome_line(outcome)
    yield from (f"  {printable(reason)}" for reason in outcome.reasons)
    lost = "no table has this recipient, so the host itself returns the mail: user unknown"
    yield from _part("mailbox", (printable(f"{recipient}: {lost}") for recipient in evidence.unlisted))
    yield from _last_lines(evidence)


def _last_lines(evidence: Evidence) -> Iterator[str]:
    """Yield what the lab could not see, and which mail host it was."""
    yield from _part("trouble", map(printable, evidence.trouble))
    facts = evidence.mail_host
    host = f"Debian {facts.debian}, Postfix {facts.postfix}, {facts.configuration}, chroot {facts.chroot}"
    changed = dict.fromkeys((*facts.overrides, *(delta.what for delta in facts.deltas)))
    yield from _part("host", [printable(host), printable(f"the lab changed {', '.join(changed)}")])


def submission_lines(evidence: Evidence, outcome: ReasonedOutcome) -> Iterator[str]:
    """Yield the call of sendmail(1), all that was logged and asked after it, the outcome, and what the lab changed."""
    for call in evidence.submitted:
        yield printable(f"{call.user}$ {shlex.join(call.command)}")
        yield from map(printable, call.output.splitlines())
        queued = f", queued as {call.queue_id}" if call.queue_id else ", and nothing came into the queue"
        yield f"=== exit status {call.status}{queued}"
    events = timeline(evidence)
    yield from _part("log", (log_line(event.line) for event in events if isinstance(event, Logged)))
    yield from _part("dns", (query_line(event.query) for event in events if isinstance(event, Asked)))
    yield ""
    yield f"{_WORDS[outcome.outcome]} by sendmail(1)"
    yield from (f"  {printable(reason)}" for reason in outcome.reasons)
    yield from _last_lines(evidence)


def outcome_line(outcome: ReasonedOutcome) -> str:
    """Return `rejected at RCPT: 554 5.7.1 <x@far.example>: Relay access denied`."""
    reply = f": {outcome.reply}" if outcome.reply else ""
    return printable(f"{_WORDS[outcome.outcome]} at {outcome.stage}{reply}")


def received_spf_lines(evidence: Evidence) -> list[str]:
    """Return the Received-SPF headers of the delivered message, unfolded."""
    if not evidence.delivered:
        return []
    head = evidence.delivered[0].content.replace("\r\n", "\n").partition("\n\n")[0]
    lines = head.replace("\n\t", " ").replace("\n ", " ").split("\n")
    return [printable(line.rstrip()) for line in lines if line.lower().startswith(_HEADER.lower())]


def _part(label: str, lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if not number:
            yield ""
        yield f"{label if not number else '':<8} {line}"


def _paint(text: str, fate: Fate) -> str:
    return f"\x1b[{_COLOURS.get(fate, _OTHER)}m{text}\x1b[0m"

"""A failure as a story: what was wanted, what happened, and the evidence for the reason, on one screen.

The order: wanted and actual result, the place in the session, DNS, log, changes by the lab, the folder of
the evidence, and the command that repeats the test. Questions and log lines are in the order of the timeline; the
session is told exchange by exchange, each with its reply, where the timeline has a command and its reply apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.dns.query import query_line
from postfix_lab.evidence.address import Address
from postfix_lab.evidence.timeline import Asked, Event, Logged, timeline
from postfix_lab.postfix.log.events import Accepted, Connect, Delivery, HostnameMismatch, PolicySpf, Reject
from postfix_lab.text import printable, shorten
from postfix_lab.verdict.checks.check import Finding, Status
from postfix_lab.verdict.reply_outcome import session_outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.transcript import Exchange, Transcript
    from postfix_lab.verdict.judge import Verdict

WIDTH = 160
_SAID, _EXCHANGES, _QUESTIONS, _LOG, _FINDINGS = 48, 10, 6, 6, 4
_TELLING = (Reject, HostnameMismatch, PolicySpf, Delivery, Accepted, Connect)


def story(verdict: Verdict, evidence: Evidence, name: str, kept: str | None = None) -> str:
    """Return the reasons for the verdict in at most 40 lines of at most 160 characters; one line for *pass*.

    `kept` is the folder that the evidence was saved in. Only `kept` and `replay`, which a user copies, are never
    shortened.
    """
    head = f"{verdict.status.upper()}  {printable(name)}"
    if verdict.status is Status.PASS:
        return head
    decisive, *others = verdict.decisive
    events = timeline(evidence)
    lines = [
        head,
        *_label_lines("want", [decisive.want]),
        *_label_lines("got", [decisive.got]),
        *_label_lines("also", _other_findings(others)),
        *_label_lines("session", _sessions(evidence, decisive.where)),
        *_label_lines("dns", _questions(events, decisive.where)),
        *_label_lines("log", _log(events, decisive.where)),
        *_label_lines("host", [_host(evidence)]),
        *_label_lines("deltas", [", ".join(dict.fromkeys(delta.what for delta in evidence.mail_host.deltas))]),
        *([f"  kept     {printable(kept)}"] if kept else []),
        *([f"  replay   {printable(evidence.replay)}"] if evidence.replay else []),
    ]
    return "\n".join(lines)


def _label_lines(label: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines with the label before the first one and blanks before the others."""
    for line in filter(None, lines):
        yield shorten(f"  {label:<8} {printable(line)}".rstrip(), WIDTH)
        label = ""


def _other_findings(others: Sequence[Finding]) -> Iterator[str]:
    for finding in others[: _FINDINGS - 1]:
        yield f"want {finding.want}; got {finding.got}"
    if len(others) >= _FINDINGS:
        yield f"... and {len(others) - _FINDINGS + 1} more"


def _sessions(evidence: Evidence, where: Address | None) -> Iterator[str]:
    """Yield the session that the finding points at, else the first."""
    number, exchange = (where.number, where.exchange) if where and where.part == "session" else (0, None)
    for session in evidence.sessions[number : number + 1]:
        decisive = session_outcome(session).exchange if exchange is None else session.exchanges[exchange]
        yield from _session(session, decisive)
        if len(evidence.sessions) > 1:
            yield f"(from {session.client} port {session.port}, one of {len(evidence.sessions)} sessions)"


def _session(session: Transcript, here: Exchange | None) -> Iterator[str]:
    exchanges = [e for e in session.exchanges if e.stage != "QUIT"] or list(session.exchanges)
    at = next((index for index, exchange in enumerate(exchanges) if exchange == here), len(exchanges) - 1)
    first = max(0, min(at + 2, len(exchanges)) - _EXCHANGES)
    shown = exchanges[first : first + _EXCHANGES]
    width = max((len(_exchange_text(exchange)) for exchange in shown), default=0)
    if first:
        yield f"... {first} before"
    for index, exchange in enumerate(shown, first):
        reply = shorten(printable(str(exchange.reply)), WIDTH - width - 30) if exchange.reply else "(no reply)"
        yield f"{_exchange_text(exchange):<{width}}   <- {reply}{'   <** here' if index == at else ''}"
    if first + len(shown) < len(exchanges):
        yield f"... {len(exchanges) - first - len(shown)} after"
    if session.ended != "quit":
        yield f"ended: {session.ended}{f', {session.error}' if session.error else ''}"


def _exchange_text(exchange: Exchange) -> str:
    """Return what the client said, shortened; of a message its end, because a wrong end-of-data shows there."""
    if exchange.stage == "MESSAGE":
        return "-> (message) ." if exchange.said.startswith(". (") else f"-> (message) {printable(exchange.said[-20:])}"
    return shorten(f"-> {printable(exchange.said)}", _SAID) if exchange.said else ""


def _questions(events: Iterable[Event], where: Address | None) -> Iterator[str]:
    """Yield the questions, several to a line, retries only once."""
    asked = [event for event in events if isinstance(event, Asked)]
    texts = list(dict.fromkeys(query_line(event.query) for event in asked)) or ["(no question)"]
    here = {query_line(event.query) for event in asked if event.where == where}
    rows = [""]
    for text in texts:
        marked = f"{text}   <** here" if text in here else text
        if rows[-1] and len(rows[-1]) + len(marked) > WIDTH - 60:
            rows.append("")
        rows[-1] = f"{rows[-1]}   {marked}" if rows[-1] else marked
    yield from rows[:_QUESTIONS]
    if len(rows) > _QUESTIONS:
        yield f"... {len(rows) - _QUESTIONS} lines more in dns.txt"


def _log(events: Iterable[Event], where: Address | None) -> Iterator[str]:
    """Yield the most relevant log lines: the finding's own, warnings, and those about the decision."""
    logged = [event for event in events if isinstance(event, Logged)]
    by_weight = (
        [event for event in logged if event.where == where],
        [event for event in logged if event.line.level],
        *([event for event in logged if isinstance(event.line.event, kind)] for kind in _TELLING),
    )
    chosen = list(dict.fromkeys(event.where for group in by_weight for event in group))
    for event in logged:
        if event.where in chosen[:_LOG]:
            mark = "   <** here" if event.where == where else ""
            yield f"{shorten(printable(event.line.text), WIDTH - 25)}{mark}"
    if not logged:
        yield "(no line)"
    elif len(chosen) > _LOG:
        yield f"... {len(chosen) - _LOG} more in mail.log"


def _host(evidence: Evidence) -> str:
    host = evidence.mail_host
    release = f"Debian {host.debian} ({host.release}), Postfix {host.postfix}"
    clock = next((f"clock {delta.value}" for delta in host.deltas if delta.what == "clock"), "")
    named = filter(None, (release, f"chroot {host.chroot}", host.configuration, clock))
    return "; ".join((", ".join(named), *host.overrides))

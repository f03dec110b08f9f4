"""Why a session ended as it did: the trace of its restrictions, combined with the rest of the evidence. Pure.

The decision is read from smtpd's verbose log, and from postscreen's log if it runs before smtpd. The log does not say
which restriction raised `defer_if_permit`; the text of the reply shows it if only one of the evaluated restrictions
can produce that text, else it is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, takewhile
from math import inf
from typing import Literal

from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.log.events import Reject
from postfix_lab.postfix.replies.own_rules import SYNTAX
from postfix_lab.postfix.replies.wordings import can_put_off, can_say, can_soften
from postfix_lab.postfix.restrictions import EvaluatedCommand, Step, evaluate
from postfix_lab.postfix.restrictions.postscreen import POSTSCREEN, evaluate_postscreen
from postfix_lab.postfix.restrictions.restriction import service_of
from postfix_lab.postfix.restrictions.trace import session_lines
from postfix_lab.smtp.transcript import Exchange, Transcript, queue_id_in, recipient_in
from postfix_lab.verdict.outcome import Fate, Outcome, same_address
from postfix_lab.verdict.outside import OutsideLists
from postfix_lab.verdict.queue_outcome import MailQueue
from postfix_lab.verdict.reply_outcome import recipient_outcomes, session_outcome
from postfix_lab.verdict.route import Route, Routes, used_entries
from postfix_lab.verdict.session_questions import SessionQuestions

Why = Literal[
    "restriction", "deferred", "permitted", "acted", "nothing refused", "left", "outside", "protocol", "unknown"
]
"""`restriction`: it refused; `deferred`: it had put off a deferral; `permitted`: it let the mail pass before the end;
`acted`: it put the accepted mail on hold or discarded it; `nothing refused`: every list ran to its end; `left`: the
client went away before postscreen refused it anything; `outside`: no restriction was asked, what refused is a milter,
a content check, a limit, a demand of TLS or AUTH; `protocol`: a malformed, unknown or misplaced command (RFC 5321);
`unknown`: the log does not say."""
_KEPT = ("CONNECT", "HELO", "EHLO", "MAIL")
"""Commands whose `defer_if_permit` smtpd keeps for RCPT (smtpd_check_rcpt), without smtpd_delay_reject."""
_REFUSED = 400
_EXPELLED = "221 2.7.0 Error: "
"""A reply to smtpd_forbidden_commands: it ends the session, though its code is positive."""
_BY_DEFAULT = ("Access denied", "Service unavailable")
"""What check_table_result() says for an action without a text."""


@dataclass(frozen=True)
class Decision:
    """What decided about one command."""

    command: EvaluatedCommand
    why: Why
    step: Step | None = None
    suspects: tuple[Step, ...] = ()
    """The restrictions that may have decided, for `unknown`."""
    worded: Step | None = None
    """The restriction whose text the reply has, if an earlier `defer_if_reject` turned its refusal into a deferral."""


@dataclass(frozen=True)
class ExplainedRecipient:
    """A recipient that the client named, and the decision that determines its outcome."""

    recipient: str
    decision: Decision | None


@dataclass(frozen=True)
class ExplainedSession:
    """One session, command by command."""

    client: str
    port: int
    server_port: int
    service: str
    """The service of master.cf that handled it, as postconf(1) names it: `submission/inet`."""
    commands: tuple[EvaluatedCommand, ...]
    decisions: tuple[Decision, ...]
    """Of each command that was refused or for which a list ran, in order."""
    decision: Decision | None = None
    """The decision that determines the outcome of the session's message."""
    recipients: tuple[ExplainedRecipient, ...] = ()
    routes: tuple[Route, ...] = ()
    """Where the accepted mail goes for each recipient, and why."""


@dataclass(frozen=True)
class Explanation:
    """All sessions of one scenario, explained."""

    scenario: str
    mail_host: MailHostFacts
    configured: Configured
    sessions: tuple[ExplainedSession, ...]
    entries: tuple[Place, ...] = ()
    """The entries of tables that were used outside of restrictions, one for each time, where their line is known."""


def explain(evidence: Evidence) -> Explanation:
    """Return for each session the evaluated restrictions in order, with their results, and what decided.

    Raises `InputError` if the mail host ran without `trace`, so that the evidence has no verbose log.
    """
    configured = _configuration(evidence)
    known, queue = Routes(evidence, configured), MailQueue(evidence)
    plain = (_session(evidence, configured, number) for number in range(len(evidence.sessions)))
    sessions = tuple(
        replace(session, routes=tuple(_routes(known, queue, transcript)))
        for session, transcript in zip(plain, evidence.sessions, strict=True)
    )
    entries = tuple(used_entries(evidence, configured))
    return Explanation(evidence.scenario, evidence.mail_host, configured, sessions, entries)


def explain_session(evidence: Evidence, number: int) -> ExplainedSession:
    """Return the explanation of one session, without the ways of its mail."""
    return _session(evidence, _configuration(evidence), number)


def decision_about(session: ExplainedSession, transcript: Transcript, outcome: Outcome) -> Decision | None:
    """Return the decision that determines an outcome.

    Of a refusal it is the one about the refused command; of an acceptance the last one about the mail's own commands;
    if no reply decided, the first refusal, else the last decision.
    """
    own, exchange = _own_decisions(session, transcript, outcome), outcome.exchange
    refused = [decision for decision in own if decision.command.code >= _REFUSED]
    passed = [decision for decision in own if decision.command.code < _REFUSED]
    if outcome.fate is Fate.ACCEPT:
        return passed[-1] if passed else None
    if exchange is None or not exchange.refused:
        return next(iter((*refused, *reversed(passed))), None)
    alike = [decision for decision in refused if decision.command.reply == _last_line(exchange)]
    return next(iter((*alike[_repetitions(transcript, exchange) :], *alike, *refused, *reversed(passed))), None)


def _own_decisions(session: ExplainedSession, transcript: Transcript, outcome: Outcome) -> list[Decision]:
    """Return the decisions about commands of the outcome's mail, without those about other recipients."""
    exchange, number, own = outcome.exchange, 0, set()
    mails = _mail_numbers(transcript, exchange)
    recipient = outcome.recipient or (exchange.recipient if exchange else "")
    for command in session.commands:
        number += command.verb == "MAIL"
        others = command.verb == "RCPT" and recipient and not same_address(recipient_in(command.said), recipient)
        if (mails is None or number in mails) and not others:
            own.add(id(command))
    return [decision for decision in session.decisions if id(decision.command) in own]


def _mail_numbers(transcript: Transcript, exchange: Exchange | None) -> tuple[int, int] | None:
    """Return 0 and the number of the exchange's mail in the session; None if the session had only one mail."""
    numbers = [*accumulate(known.stage == "MAIL" for known in transcript.exchanges)]
    place = next((n for n, known in enumerate(transcript.exchanges) if known is exchange), None)
    return None if place is None or max(numbers) <= 1 else (0, numbers[place])


def _repetitions(transcript: Transcript, exchange: Exchange) -> int:
    """Return how often the same mail was refused before with the same reply, for the same recipient."""
    count = 0
    for known in takewhile(lambda other: other is not exchange, transcript.exchanges):
        if known.stage == "MAIL":
            count = 0
        count += known.refused and (_last_line(known), known.recipient) == (_last_line(exchange), exchange.recipient)
    return count


def _last_line(exchange: Exchange) -> str:
    """Return the last line of a reply, as smtpd logs it."""
    reply = exchange.reply
    text = reply.lines[-1] if reply and reply.lines else ""
    return " ".join(filter(None, (str(reply.code), reply.enhanced, text))) if reply else ""


def _session(evidence: Evidence, configured: Configured, number: int) -> ExplainedSession:
    transcript, log = evidence.sessions[number], evidence.log_of(number)
    here = transcript.server in evidence.mail_host.addresses  # else it was another MTA's session
    service = service_of(configured, transcript.server_port, transcript.server) if here else ""
    lines = session_lines(log)
    asked = SessionQuestions(evidence, transcript, lines)
    spoken = (*evaluate_postscreen(log, configured, transcript), *evaluate(lines, configured, service))
    commands = tuple(asked.tie(command) for command in spoken)
    by_lab = frozenset(delta.what for delta in evidence.mail_host.deltas)
    outside = OutsideLists(configured, service, log, lambda: evidence.lines, by_lab)
    decisions = tuple(filter(None, (_decision(outside, commands, n) for n in range(len(commands)))))
    explained = ExplainedSession(
        transcript.client, transcript.port, transcript.server_port, service, commands, decisions
    )
    recipients = tuple(
        ExplainedRecipient(outcome.recipient, decision_about(explained, transcript, outcome))
        for outcome in recipient_outcomes(transcript)
    )
    whole = decision_about(explained, transcript, session_outcome(transcript))
    return replace(explained, decision=whole, recipients=recipients)


def _routes(known: Routes, queue: MailQueue, transcript: Transcript) -> Iterator[Route]:
    """Yield the way of each recipient of the session's accepted messages."""
    taken = [
        (outcome.recipient, found.reply.queue_id)
        for outcome in recipient_outcomes(transcript)
        if outcome.fate is Fate.ACCEPT and (found := outcome.exchange) and found.reply and found.reply.queue_id
    ]
    for recipient, queue_id in dict.fromkeys(taken):
        names = dict.fromkeys((queue_id, *queue.outcome(queue_id, recipient).queue_ids))
        yield known.route(names, recipient)


def _configuration(evidence: Evidence) -> Configured:
    if evidence.configured is None:
        raise InputError(
            f"the evidence of {evidence.scenario} has no trace, so nothing can be explained; "
            "run it with @pytest.mark.mail_host(trace=True), or with --lab-coverage"
        )
    return evidence.configured


def _decision(outside: OutsideLists, commands: Sequence[EvaluatedCommand], number: int) -> Decision | None:
    command = commands[number]
    if command.code >= _REFUSED or command.reply.startswith(_EXPELLED):
        return _refusal(outside, commands, number)
    if command.verb in ("MESSAGE", "BDAT") and (found := _action(outside, commands, number)):
        return Decision(command, "acted", found)
    ran = [evaluation for evaluation in command.lists if evaluation.ran and evaluation.kind != "probe"]
    if not ran:
        return None
    permits = [step for evaluation in ran if (step := evaluation.decisive)]
    if permits and permits[-1].result != "permit":
        return Decision(command, "restriction", permits[-1])  # postscreen disconnected a client that had already gone
    if not permits and ran[-1].name == POSTSCREEN:
        return Decision(command, "left")
    return Decision(command, "permitted", permits[-1]) if permits else Decision(command, "nothing refused")


def _action(outside: OutsideLists, commands: Sequence[EvaluatedCommand], number: int) -> Step | None:
    """Return what put the message on hold or discarded it: a content check, a milter, or a restriction before it."""
    queue_id = queue_id_in(commands[number].reply)
    if not queue_id:
        return None
    first = max((n for n in range(number) if commands[n].verb == "MESSAGE"), default=-1) + 1
    steps = (step for command in commands[first : number + 1] for step in command.walk())
    own = next((step for step in steps if any(event.action in ("hold", "discard") for event in step.rejects)), None)
    return own or outside.action(queue_id)


def _refusal(outside: OutsideLists, commands: Sequence[EvaluatedCommand], number: int) -> Decision:
    command, earlier = commands[number], commands[:number]
    found = [step for e in command.lists if (step := e.decisive) and step.result in ("reject", "defer")]
    if found:
        return Decision(command, "restriction", found[-1], worded=_softened_step(command, found[-1]))
    put_off = [event for event in command.rejects if event.action == "reject"]
    if not put_off or not any(evaluation.ran for evaluation in command.lists):
        return _outside_decision(outside, commands, number)
    before = {known.verb: known for known in earlier if known.verb in _KEPT and command.verb == "RCPT"}
    suspects = tuple(_doubters(command.walk(), put_off[-1], can_put_off)) or tuple(
        step for known in before.values() for step in _doubters(known.walk(), put_off[-1], can_put_off)
    )
    first = suspects[0] if len({step.restriction for step in suspects}) == 1 else None
    return Decision(command, "deferred" if first else "unknown", first, suspects)


def _outside_decision(outside: OutsideLists, commands: Sequence[EvaluatedCommand], number: int) -> Decision:
    """Return the decision about a command that no restriction refused."""
    command = commands[number]
    step = outside.step(command, commands[number + 1].at if number + 1 < len(commands) else inf)
    suspects = tuple(one for one in command.walk() if one.result == "unknown")
    if step is None and suspects:
        return Decision(command, "unknown", suspects=suspects)
    malformed = step is None and SYNTAX.match(command.reply) is not None
    return Decision(command, "protocol" if malformed else "outside", step)


def _softened_step(command: EvaluatedCommand, refusing: Step) -> Step | None:
    """Return the step that raised `defer_if_reject`; it is in the same list (SMTPD_CHECK_RESET)."""
    refused = [event for event in refusing.rejects if event.action == "reject"]
    if not refused or _can_say(refusing, refused[-1].text):
        return None
    own = next(evaluation for evaluation in command.lists if any(step is refusing for step in evaluation.walk()))
    return next(_doubters(own.walk(), refused[-1], can_soften), None)


def _doubters(steps: Iterable[Step], event: Reject, can: Callable[[str, tuple[str, ...]], bool]) -> Iterator[Step]:
    """Yield the innermost passed restrictions that can have raised this `defer_if_permit` or `defer_if_reject`."""
    for step in steps:
        passed = step.result == "dunno" and not step.inner and can(step.restriction.name, step.answers)
        if passed and _can_say(step, event.text):
            yield step


def _can_say(step: Step, text: str) -> bool:
    """Whether the restriction can produce the text; the result of a table is in the log with its own text."""
    if step.answers and " rejected: " in text:
        words = text.partition(" rejected: ")[2]
        return words in _BY_DEFAULT or any(words in answer for answer in step.answers)
    return can_say(step.restriction.name, text)

"""The outcome of each session from the whole evidence: replies, trace and log together. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.evidence.address import Address, address_of
from postfix_lab.postfix.log.events import Connect, Postscreen, Reject
from postfix_lab.verdict.explanation import Decision, decision_about, explain_session
from postfix_lab.verdict.outcome import Decider, SessionOutcome, same_address
from postfix_lab.verdict.queue_outcome import MailQueue
from postfix_lab.verdict.reply_outcome import reply_outcomes
from postfix_lab.verdict.submission_outcome import submission_outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.verdict.outcome import Outcome


def outcomes(evidence: Evidence) -> tuple[SessionOutcome, ...]:
    """Return the outcome of each session, with its decider, what the queue did, and the basis in the evidence."""
    known = _EvidenceOutcomes(evidence)
    return tuple(known.session(number) for number in range(len(evidence.sessions)))


def outcome(evidence: Evidence, session: int = 0) -> SessionOutcome:
    """Return the outcome of one session; behind the sessions the calls of sendmail(1) are counted on."""
    return _EvidenceOutcomes(evidence).session(session)


def stopped_by_postscreen(evidence: Evidence, session: int) -> bool:
    """Whether postscreen handled the client of that session and did not pass it to smtpd."""
    events = [line.event for line in evidence.log_of(session) if isinstance(line.event, Connect | Postscreen)]
    return bool(events) and not any(isinstance(event, Connect) for event in events)


class _EvidenceOutcomes:
    """Outcomes of sessions: those of the replies, completed from the evidence."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._queue = MailQueue(evidence)

    def session(self, number: int) -> SessionOutcome:
        """Return a session's outcome, or a submission's; for a session with another MTA only the replies count."""
        if (call := number - len(self._evidence.sessions)) >= 0:
            return submission_outcome(self._evidence.submitted[call], call, self._queue)
        transcript = self._evidence.sessions[number]
        plain = reply_outcomes(transcript)
        if transcript.server not in self._evidence.mail_host.addresses:
            return plain
        decide = self._decisions(number)
        taken = (outcome for outcome in plain.recipients if outcome.exchange and outcome.stage == "MESSAGE")
        accepted = tuple(outcome.recipient for outcome in taken)
        return SessionOutcome(
            self._complete(number, plain.message, decide, accepted),
            tuple(self._complete(number, outcome, decide, accepted) for outcome in plain.recipients),
        )

    def _decisions(self, number: int) -> Callable[[Outcome], Decision | None]:
        if self._evidence.configured is None:
            return lambda _: None
        explained = explain_session(self._evidence, number)
        transcript = self._evidence.sessions[number]
        return lambda outcome: decision_about(explained, transcript, outcome)

    def _complete(
        self, number: int, outcome: Outcome, decide: Callable[[Outcome], Decision | None], accepted: tuple[str, ...]
    ) -> Outcome:
        decision = decide(outcome)
        queue_id = outcome.reply.queue_id if outcome.reply and outcome.stage == "MESSAGE" else ""
        others = [name for name in accepted if not same_address(name, outcome.recipient)] if outcome.recipient else []
        queue = self._queue.outcome(queue_id, outcome.recipient, others) if queue_id else None
        known = replace(outcome, decision=decision, queue=queue)
        return replace(known, by=self._decider(number, known), basis=self._basis(number, known))

    def _decider(self, number: int, outcome: Outcome) -> Decider:
        step = outcome.decision.step if outcome.decision else None
        if outcome.later:
            return Decider.QUEUE
        if outcome.reply is None:
            return Decider.NOBODY
        screened = step.restriction.list == "postscreen" if step else stopped_by_postscreen(self._evidence, number)
        if screened:
            return Decider.POSTSCREEN
        if outcome.decision and outcome.decision.why == "outside" and step:
            return Decider.PARAMETER
        return Decider.RESTRICTION if step else Decider.REPLY

    def _basis(self, number: int, outcome: Outcome) -> tuple[Address, ...]:
        transcript = self._evidence.sessions[number]
        exchange = next((n for n, known in enumerate(transcript.exchanges) if known is outcome.exchange), None)
        step = outcome.decision.step if outcome.decision else None
        rests_on = {id(query) for query in step.queries} if step else set()
        return (
            Address("session", number, exchange),
            *self._refusals(number, outcome),
            *(outcome.queue.lines if outcome.queue else ()),
            *(Address("query", n) for n, query in enumerate(self._evidence.queries) if id(query) in rests_on),
        )

    def _refusals(self, number: int, outcome: Outcome) -> Iterator[Address]:
        """Yield the addresses of the lines in which the deciding refusal was logged."""
        if outcome.exchange is None or outcome.reply is None or outcome.reply.positive:
            return
        for line in self._evidence.log_of(number):
            event = line.event
            if isinstance(event, Reject) and event.action == "reject" and event.code == outcome.reply.code:
                him = outcome.stage != "RCPT" or same_address(event.recipient or "", outcome.exchange.recipient)
                if him and (where := address_of(self._evidence, line)):
                    yield where

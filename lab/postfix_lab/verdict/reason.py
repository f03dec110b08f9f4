"""The reasons for the outcome of a session's mail in words, from the reply, the log and the DNS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING

from postfix_lab.dns.query import query_line
from postfix_lab.evidence.address import piece_at
from postfix_lab.postfix.log.events import Delivery
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.restrictions.postscreen import describe_tests
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.transcript import Reply
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.queue_outcome import End

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.transcript import Transcript
    from postfix_lab.verdict.outcome import Outcome, SessionOutcome


@dataclass(frozen=True)
class ReasonedOutcome:
    """The outcome of a session's mail, the stage and reply that decided, and the reasons in words."""

    outcome: Fate
    stage: Stage
    reply: Reply | None
    reasons: tuple[str, ...] = ()
    basis: tuple[Mapping[str, int], ...] = ()
    """The addresses of what it rests on, as in `verdict.json`: `{"session": 0, "exchange": 3}`, `{"log": 12}`."""


_MEANINGS = tuple(
    (re.compile(pattern), meaning)
    for pattern, meaning in (
        (r"cannot find your reverse hostname", "the client's address has no PTR record that could be found"),
        (r"cannot find your hostname", "no name of the client leads back to its address"),
        (r"Relay access denied", "the recipient's domain is none that this host takes mail for, and the client may not relay"),  # noqa: E501
        (r"Helo command rejected: Host not found", "the name in HELO has no address and no MX record"),
        (r"Helo command rejected: need fully-qualified", "the name in HELO is not fully qualified"),
        (r"Helo command rejected: Invalid name", "the name in HELO is no valid host name"),
        (r"Sender address rejected: Domain not found", "the sender's domain has no address and no MX record"),
        (r"Sender address rejected: Domain .* does not accept mail", "the sender's domain says by a null MX that it takes no mail"),  # noqa: E501
        (r"Sender address rejected: not (owned by|logged in)", "the sender's address belongs to a user that the client is not logged in as"),  # noqa: E501
        (r"Recipient address rejected: .*SPF fail|SPF fail - not authorized", "SPF: the sender's domain does not let this client send for it"),  # noqa: E501
        (r"Recipient address rejected: User unknown", "there is no such recipient"),
        (r"blocked using", "a DNS block list has the client or one of its names"),
        (r"[Gg]reylist", "greylisting: the client shall come again later"),
        (r"Must issue a STARTTLS command first", "the service wants TLS first"),
        (r"authentication failed", "user and password do not fit"),
        (r"Message size exceeds", "the message is larger than the mail host takes"),
        (r"Protocol error", "the client spoke before its turn, or in a way that no mail server does"),
        (r"I can break rules, too", "the client said what is no SMTP command"),
        (r"Service currently unavailable", "postscreen does not let the client through to smtpd"),
        (r"Improper use of SMTP command pipelining", "the client spoke before it was its turn"),
        (r"Access denied|Client host rejected", "an access rule of the configuration is about this client"),
    )
)  # fmt: skip

_TOLD_BY_ATTEMPTS = (End.DELIVERED, End.DEFERRED, End.BOUNCED, End.UNKNOWN)
_ENDS = {
    End.BOUNCE_FAILED: "it was given up, and the notice to its sender could not be delivered either",
    End.RETURNED_TO_NOBODY: "it was given up, and nobody was told",
    End.EXPIRED: "it was given up because it had been in the queue for too long (maximal_queue_lifetime)",
    End.HELD: "it is on hold in the queue",
    End.QUEUED: "it is in the queue, and no attempt to deliver it was logged",
    End.DISCARDED: "it was discarded",
    End.FILTERED: "it went to a content filter, which gave nothing back",
    End.REDIRECTED: "a table redirected it to another address",
}


def reasoned_outcome(evidence: Evidence, session: int = 0) -> ReasonedOutcome:
    """Return the outcome of that session's message, with its reasons."""
    found = outcome(evidence, session)
    message = found.message
    if message.why:
        reasons: Iterable[str] = (message.why,)
    elif message.submitted:
        reasons = _deliveries(evidence, message)
    else:
        reasons = _reasons(evidence, evidence.sessions[session], found)
    basis = tuple(address.data() for address in message.basis)
    return ReasonedOutcome(message.fate, message.stage, message.reply, tuple(dict.fromkeys(reasons)), basis)


def causes(evidence: Evidence) -> tuple[str, ...]:
    """Return the errors and warnings in the log: first those of the session, then those of services that it used."""
    loud = [line for line in (*evidence.log, *evidence.other_log) if line.level]
    return tuple(dict.fromkeys(f"{line.program}: {line.text}" for line in loud))


def _reasons(evidence: Evidence, transcript: Transcript, found: SessionOutcome) -> Iterator[str]:
    message, reply = found.message, found.message.reply
    if reply is None:
        return
    if message.fate is Fate.INFRASTRUCTURE:
        yield "the mail host's own infrastructure is broken, so this says nothing about the mail"
        yield from causes(evidence)
    elif not reply.positive:
        yield from _meaning(reply)
        yield from describe_tests(evidence.log, transcript)
        yield from _names(evidence, transcript, reply)
    elif message.stage == "MESSAGE":
        yield from _deliveries(evidence, message)
    else:
        yield f"every stage up to {message.stage} was accepted, and the client ended the session there"
    for recipient in found.recipients:
        where = recipient.exchange
        if where is not None and where is not message.exchange and where.stage == "RCPT" and where.refused:
            yield f"{where.said} was refused: {where.reply}"


def _meaning(reply: Reply) -> Iterator[str]:
    """Yield the first known meaning of the reply, if any."""
    yield next((meaning for pattern, meaning in _MEANINGS if pattern.search(reply.text)), reply.text)


def _names(evidence: Evidence, transcript: Transcript, reply: Reply) -> Iterator[str]:
    """Yield the DNS answers that a decision about the client's name is based on."""
    if "hostname" not in reply.text or "Client host rejected" not in reply.text:
        return
    reverse = ip_address(transcript.client).reverse_pointer
    names = {reverse}
    for query in evidence.queries:
        if query.name == reverse:
            names.update(answer.removeprefix("PTR ").rstrip(".").lower() for answer in query.answers)
    for query in evidence.queries:
        if query.name in names and query.type in ("PTR", "A", "AAAA"):
            yield f"the DNS said: {query_line(query)}"


def _deliveries(evidence: Evidence, message: Outcome) -> Iterator[str]:
    """Yield each attempt to deliver the accepted message, then its end if no attempt shows it."""
    if message.queue is None:
        return
    for line in (piece_at(evidence, address) for address in message.queue.lines):
        if isinstance(line, LogLine) and isinstance(event := line.event, Delivery):
            yield f"{event.recipient} {event.status} by {line.service}: {event.reason}"
    if message.queue.end not in _TOLD_BY_ATTEMPTS:
        yield _ENDS[message.queue.end]
    for notice in message.queue.notices:
        yield f"{notice.kind} notification {notice.queue_id}: {notice.end}"

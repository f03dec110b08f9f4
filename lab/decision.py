"""What became of one session's mail, and why: read from its replies and its log, never judged.

A reply of the 451 kind that only says that the mail host's own infrastructure is broken is a class of its own:
it says nothing about the mail, and its cause stands in the log.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING

from lab.internet.smtp.dialogue import Stage
from lab.internet.smtp.transcript import Exchange, Reply, Transcript
from lab.mailhost.infrastructure import is_infrastructure
from lab.mailhost.log.events import Delivery
from lab.mailhost.trace.screen import findings
from lab.readable import query_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.evidence import Evidence


class Outcome(StrEnum):
    """How it ended for the mail."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    DISCONNECTED = "disconnected"
    INFRASTRUCTURE = "infrastructure"
    """The mail host could not tell: a map, a policy service or a milter of its own is broken."""


@dataclass(frozen=True)
class Decision:
    """What was decided, where, by which reply, and the reasons in words."""

    outcome: Outcome
    stage: Stage
    reply: Reply | None
    reasons: tuple[str, ...] = ()


_HANGUPS = (421, 521)
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


def decide(evidence: Evidence, session: int = 0) -> Decision:
    """What became of the mail of that session."""
    transcript = evidence.sessions[session]
    exchange = _decisive(transcript)
    if transcript.ended == "refused" or exchange is None or exchange.reply is None:
        return Decision(Outcome.DISCONNECTED, exchange.stage if exchange else "CONNECT", None, _broken(transcript))
    reply = exchange.reply
    reasons = tuple(dict.fromkeys(_reasons(evidence, transcript, exchange)))
    return Decision(_outcome(transcript, exchange, reply), exchange.stage, reply, reasons)


def causes(evidence: Evidence) -> tuple[str, ...]:
    """What the log complains of: lines of the session first, then of whatever service it asked."""
    loud = [line for line in (*evidence.log, *evidence.other_log) if line.level]
    return tuple(dict.fromkeys(f"{line.program}: {line.text}" for line in loud))


def _decisive(transcript: Transcript) -> Exchange | None:
    """The last word about the mail: of its end if it came so far, of the first refusal, of the breaking of the line."""
    told = [exchange for exchange in transcript.exchanges if exchange.stage != "QUIT"]
    ends = [exchange for exchange in told if exchange.stage == "MESSAGE"]
    if ends:
        return ends[-1]
    refused = [exchange for exchange in told if exchange.reply and not exchange.reply.positive]
    recipients = [exchange for exchange in told if exchange.stage == "RCPT"]
    if any(exchange.reply and exchange.reply.positive for exchange in recipients):
        refused = [exchange for exchange in refused if exchange.stage != "RCPT"]  # One of several does not end it.
    if refused:
        return refused[0]
    if transcript.ended in ("closed", "timeout", "error"):
        last = next((exchange for exchange in reversed(told) if exchange.reply is None), None)
        return last or (Exchange(told[-1].stage, "", None, told[-1].at) if told else None)
    return told[-1] if told else None


def _outcome(transcript: Transcript, exchange: Exchange, reply: Reply) -> Outcome:
    if is_infrastructure(exchange):
        return Outcome.INFRASTRUCTURE
    if reply.code in _HANGUPS and transcript.ended == "closed":
        return Outcome.DISCONNECTED
    if reply.positive:
        return Outcome.ACCEPTED
    return Outcome.DEFERRED if reply.code < 500 else Outcome.REJECTED  # noqa: PLR2004 - RFC 5321 section 4.2.1


def _broken(transcript: Transcript) -> tuple[str, ...]:
    if transcript.ended == "refused":
        return (f"nobody takes connections at {transcript.server} port {transcript.server_port}: {transcript.error}",)
    how = {"closed": "the mail host hung up", "timeout": "the mail host did not reply in time"}
    said = how.get(transcript.ended, "the line broke")
    return (f"{said}{f': {transcript.error}' if transcript.error else ''}",)


def _reasons(evidence: Evidence, transcript: Transcript, exchange: Exchange) -> Iterator[str]:
    reply = exchange.reply
    if reply is None:
        return
    if is_infrastructure(exchange):
        yield "the mail host's own infrastructure is broken, so this says nothing about the mail"
        yield from causes(evidence)
    elif not reply.positive:
        yield from _meaning(reply)
        yield from findings(evidence.log, transcript)
        yield from _names(evidence, transcript, reply)
    elif exchange.stage == "MESSAGE":
        yield from _fates(evidence)
    else:
        yield f"every stage up to {exchange.stage} was accepted, and the client ended the session there"
    for other in transcript.exchanges:
        if other.stage == "RCPT" and other is not exchange and other.reply and not other.reply.positive:
            yield f"{other.said} was refused: {other.reply}"


def _meaning(reply: Reply) -> Iterator[str]:
    """The first meaning that is known; else the mail host's own words have to do."""
    yield next((meaning for pattern, meaning in _MEANINGS if pattern.search(reply.text)), reply.text)


def _names(evidence: Evidence, transcript: Transcript, reply: Reply) -> Iterator[str]:
    """The answers of the DNS that a decision about the client's name rests on."""
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


def _fates(evidence: Evidence) -> Iterator[str]:
    """What became of the accepted message, a recipient each."""
    for line in evidence.log:
        if isinstance(event := line.event, Delivery):
            yield f"{event.recipient} {event.status} by {line.service}: {event.reason}"

"""What became of a mail: one word for a session, or for each of its recipients, from replies and log alone.

*Infrastructure* is a class apart from *defer*: a 451 that speaks of the mail host's own maps and services is no
decision about the mail. *Unknown* is what the lab did not see. Everything else in the lab that says what became
of a session, be it a check, a table or a sentence, asks here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.events import Delivery
from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.smtp.transcript import Exchange

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.smtp.dialogue import Stage
    from postfix_lab.smtp.transcript import Reply, Transcript

_QUEUED = re.compile(r"queued as ([0-9A-Za-z]+)")
_HUNG_UP = (421, 521)
_PERMANENT = 500
_SILENCES = {"closed": "the mail host hung up", "timeout": "the mail host did not reply in time"}


class Fate(StrEnum):
    """What became of a mail, as its client sees it."""

    ACCEPT = "accept"
    """Taken, or not refused up to where the client ended the session itself."""
    DEFER = "defer"
    """4xx: come again."""
    REJECT = "reject"
    """5xx: never come again."""
    DISCONNECT = "disconnect"
    """The mail host hung up: with 421 or 521, or without a word."""
    INFRASTRUCTURE = "infrastructure"
    CLOSED = "closed"
    """Nobody takes connections at that port."""
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """A fate, and the exchange that decided it; for a closed port there is none."""

    fate: Fate
    exchange: Exchange | None = None
    later: str = ""
    """What the queue made of an accepted mail, where that was no delivery: `deferred` or `bounced`."""
    why: str = ""
    """Where no reply decided: what happened instead."""

    @property
    def stage(self) -> Stage:
        """Where it was decided."""
        return self.exchange.stage if self.exchange else "CONNECT"

    @property
    def reply(self) -> Reply | None:
        """By which reply."""
        return self.exchange.reply if self.exchange else None

    @property
    def final(self) -> bool:
        """Whether the client will not come again."""
        return self.reply is not None and self.reply.code >= _PERMANENT

    def __str__(self) -> str:
        code = (str(self.reply.code), self.reply.enhanced) if self.reply else ()
        said = " ".join(filter(None, (self.fate.value, *code)))
        return f"{said}, {self.later}" if self.later else said


def session_outcome(transcript: Transcript) -> Outcome:
    """The outcome of the session as a whole: of its message if one was taken, else of the first refusal.

    A refused recipient decides nothing where another one was accepted.
    """
    told = [exchange for exchange in transcript.exchanges if exchange.stage != "QUIT"]
    taken = [exchange for exchange in told if exchange.stage == "MESSAGE" and _positive(exchange)]
    if taken:
        return Outcome(Fate.ACCEPT, taken[-1])
    if transcript.ended == "refused":
        return _silence(transcript, None)
    refused = [exchange for exchange in told if exchange.reply and not exchange.reply.positive]
    if any(exchange.stage == "RCPT" and _positive(exchange) for exchange in told):
        refused = [exchange for exchange in refused if exchange.stage != "RCPT"]
    if refused:
        return _of(refused[0])
    heard = [exchange for exchange in told if exchange.reply]
    if transcript.ended in ("quit", "dropped"):
        return Outcome(Fate.ACCEPT, heard[-1] if heard else None)
    unanswered = next((exchange for exchange in told if exchange.reply is None), None)
    return _silence(transcript, unanswered or (replace(told[-1], said="", reply=None) if told else None))


def recipient_outcomes(evidence: Evidence) -> tuple[tuple[Outcome, ...], ...]:
    """For each session with the mail host one outcome for each recipient; one for all if none was named."""
    ours = evidence.mail_host.addresses
    return tuple(tuple(_each(evidence, session)) for session in evidence.sessions if session.server in ours)


def _each(evidence: Evidence, session: Transcript) -> Iterator[Outcome]:
    named = [number for number, exchange in enumerate(session.exchanges) if exchange.stage == "RCPT"]
    for number in named:
        yield _recipient(evidence, session, number)
    if not named:
        yield session_outcome(session)


def _recipient(evidence: Evidence, session: Transcript, number: int) -> Outcome:
    """The reply to RCPT if it is a refusal, else what the message's own replies say."""
    rcpt = session.exchanges[number]
    outcome = Outcome(Fate.ACCEPT, rcpt)
    for exchange in (rcpt, *_after(session.exchanges[number + 1 :])):
        if exchange.reply is not None:
            outcome = _of(exchange)
        elif session.ended not in ("quit", "dropped"):  # Else it was the client that did not wait for it.
            outcome = _silence(session, exchange)
        if outcome.fate is not Fate.ACCEPT:
            return outcome
    if outcome.stage == "MESSAGE" and outcome.reply:
        return replace(outcome, later=_later(evidence, outcome.reply, rcpt.said))
    return outcome


def _after(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    """The exchanges of the same mail that decide about all its recipients."""
    for exchange in exchanges:
        if exchange.stage in ("MAIL", "RSET", "HELO"):
            return
        if exchange.stage in ("DATA", "MESSAGE"):
            yield exchange
        if exchange.stage == "MESSAGE":
            return


def _positive(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.positive


def _of(exchange: Exchange) -> Outcome:
    """What a reply says by its code, or of the mail host itself by its text."""
    reply = exchange.reply
    if reply is None or reply.positive:
        return Outcome(Fate.ACCEPT, exchange)
    if is_infrastructure(exchange):
        return Outcome(Fate.INFRASTRUCTURE, exchange)
    if reply.code in _HUNG_UP:
        return Outcome(Fate.DISCONNECT, exchange)
    return Outcome(Fate.REJECT if reply.code >= _PERMANENT else Fate.DEFER, exchange)


def _silence(transcript: Transcript, exchange: Exchange | None) -> Outcome:
    """No reply: nobody was there, the mail host closed the line, or the lab could not hear it out."""
    error = f": {transcript.error}" if transcript.error else ""
    if transcript.ended == "refused":
        place = f"{transcript.server} port {transcript.server_port}"
        return Outcome(Fate.CLOSED, exchange, why=f"nobody takes connections at {place}{error}")
    fate = Fate.DISCONNECT if transcript.ended in ("closed", "dropped", "quit") else Fate.UNKNOWN
    return Outcome(fate, exchange, why=f"{_SILENCES.get(transcript.ended, 'the line broke')}{error}")


def _later(evidence: Evidence, reply: Reply, rcpt: str) -> str:
    """What the log says of an accepted message that was not delivered at once."""
    found = _QUEUED.search(reply.text)
    if found is None:
        return ""
    events = [e.event for e in evidence.lines if e.queue_id == found[1] and isinstance(e.event, Delivery)]
    mine = [e for e in events if f"<{e.recipient}>".lower() in rcpt.lower()] or events
    status = {event.status for event in mine}
    return "bounced" if status & {"bounced", "expired"} else "deferred" if "deferred" in status else ""

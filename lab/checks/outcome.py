"""What a mail host made of a mail: one word for each recipient, from the evidence alone.

*Infrastructure* is a class apart from *defer*: a 451 that speaks of the mail host's own maps and
services is no decision about the mail. *Unknown* is what the lab could not see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from lab.internet.smtp.dialogue import Stage
from lab.mailhost.infrastructure import is_infrastructure
from lab.mailhost.log.events import Delivery
from lab.readable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lab.evidence import Evidence
    from lab.internet.smtp.transcript import Exchange, Transcript

_QUEUED = re.compile(r"queued as ([0-9A-Za-z]+)")
_PERMANENT, _TRANSIENT = 500, 400


class Fate(StrEnum):
    """What became of a mail for one recipient, as its client sees it."""

    ACCEPT = "accept"
    DEFER = "defer"
    """4xx: come again."""
    REJECT = "reject"
    """5xx: never come again."""
    DISCONNECT = "disconnect"
    """The line was closed without a reply."""
    INFRASTRUCTURE = "infrastructure"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """The fate of a mail for one recipient, and the reply that decided it."""

    fate: Fate
    stage: Stage = "CONNECT"
    code: int | None = None
    enhanced: str | None = None
    later: str = ""
    """What the queue made of an accepted mail, where that was no delivery: `deferred` or `bounced`."""
    why: str = ""
    """For *unknown*: what the lab could not see."""

    def __str__(self) -> str:
        said = " ".join(filter(None, (self.fate.value, str(self.code or ""), self.enhanced if self.code else None)))
        return f"{said}, {self.later}" if self.later else said


def outcomes(evidence: Evidence) -> tuple[tuple[Outcome, ...], ...]:
    """For each session with the mail host one outcome for each recipient; one for all if none was named."""
    ours = evidence.mail_host.addresses
    return tuple(tuple(_session(evidence, s)) for s in evidence.sessions if s.server in ours)


def _session(evidence: Evidence, session: Transcript) -> Iterator[Outcome]:
    named = [number for number, exchange in enumerate(session.exchanges) if exchange.stage == "RCPT"]
    for number in named:
        yield _recipient(evidence, session, number)
    if not named:
        silent = (e for e in session.exchanges if e.reply is None and e.stage != "QUIT")
        decisive = next(silent, session.decisive)
        yield _of(session, decisive) if decisive else _unheard(session, "CONNECT")


def _recipient(evidence: Evidence, session: Transcript, number: int) -> Outcome:
    """The reply to RCPT if it is a refusal, else what the message's own replies say."""
    deciding = session.exchanges[number]
    for exchange in (deciding, *_after(session.exchanges[number + 1 :])):
        deciding = exchange
        if exchange.reply is None or not exchange.reply.positive:
            break
    outcome = _of(session, deciding)
    if outcome.fate is Fate.ACCEPT and deciding.stage == "MESSAGE":
        return replace(outcome, later=_later(evidence, deciding, session.exchanges[number].said))
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


def _of(session: Transcript, exchange: Exchange) -> Outcome:
    reply = exchange.reply
    if reply is None:
        return _unheard(session, exchange.stage)
    fate = Fate.REJECT if reply.code >= _PERMANENT else Fate.DEFER if reply.code >= _TRANSIENT else Fate.ACCEPT
    if is_infrastructure(exchange):
        fate = Fate.INFRASTRUCTURE
    return Outcome(fate, exchange.stage, reply.code, reply.enhanced)


def _unheard(session: Transcript, stage: Stage) -> Outcome:
    """No reply: the mail host closed the line, or the lab did not wait long enough to hear one."""
    if session.ended in ("closed", "dropped", "quit"):
        return Outcome(Fate.DISCONNECT, stage)
    why = f"the session ended with {session.ended} at {stage}" + (f": {session.error}" if session.error else "")
    return Outcome(Fate.UNKNOWN, stage, why=printable(why))


def _later(evidence: Evidence, exchange: Exchange, rcpt: str) -> str:
    """What the log says of an accepted message that was not delivered at once."""
    found = _QUEUED.search(exchange.reply.text if exchange.reply else "")
    if found is None:
        return ""
    events = [e.event for e in evidence.lines if e.queue_id == found[1] and isinstance(e.event, Delivery)]
    mine = [e for e in events if f"<{e.recipient}>".lower() in rcpt.lower()] or events
    status = {event.status for event in mine}
    return "bounced" if status & {"bounced", "expired"} else "deferred" if "deferred" in status else ""

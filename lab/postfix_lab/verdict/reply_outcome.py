"""The outcome of a session as the client sees it, from the replies alone. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.verdict.outcome import Fate, Outcome, SessionOutcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from postfix_lab.smtp.transcript import Exchange, Transcript

_PERMANENT = 500
_BAD_SEQUENCE = 503
"""What follows from an earlier refusal (RFC 5321 section 4.2.2): the earlier one decided."""
_SILENCES = {"closed": "the mail host hung up", "timeout": "the mail host did not reply in time"}


def session_outcome(transcript: Transcript) -> Outcome:
    """Return the outcome of a session's message from its replies: its acceptance, else the first refusal.

    A refused recipient does not decide if another one was accepted.
    """
    exchanges = [exchange for exchange in transcript.exchanges if exchange.stage != "QUIT"]
    taken = [exchange for exchange in exchanges if exchange.stage == "MESSAGE" and _is_positive(exchange)]
    if taken:
        return Outcome(Fate.ACCEPT, taken[-1])
    if transcript.ended == "refused":
        return _outcome_without_reply(transcript, None)
    refused = [exchange for exchange in exchanges if exchange.refused]
    if any(exchange.stage == "RCPT" and _is_positive(exchange) for exchange in exchanges):
        refused = [exchange for exchange in refused if exchange.stage != "RCPT"]
    if refused:
        return _outcome_of_reply(refused[0])
    answered = [exchange for exchange in exchanges if exchange.reply]
    if transcript.ended in ("quit", "dropped"):
        return Outcome(Fate.ACCEPT, answered[-1] if answered else None)
    unanswered = next((exchange for exchange in exchanges if exchange.reply is None), None)
    if unanswered is None and exchanges:
        unanswered = replace(exchanges[-1], said="", reply=None)
    return _outcome_without_reply(transcript, unanswered)


def recipient_outcomes(transcript: Transcript) -> tuple[Outcome, ...]:
    """Return the outcome for each recipient that the client named, from the replies, in order."""
    named = [number for number, exchange in enumerate(transcript.exchanges) if exchange.stage == "RCPT"]
    return tuple(_recipient(transcript, number) for number in named)


def reply_outcomes(transcript: Transcript) -> SessionOutcome:
    """Return the outcome of a session as far as the replies show it."""
    return SessionOutcome(session_outcome(transcript), recipient_outcomes(transcript))


def _recipient(transcript: Transcript, number: int) -> Outcome:
    """Return the outcome of the reply to RCPT if it is a refusal, else of the message's replies."""
    rcpt = transcript.exchanges[number]
    result = Outcome(Fate.ACCEPT, rcpt)
    for exchange in (rcpt, *_later_exchanges(transcript.exchanges[number + 1 :])):
        if exchange.reply is not None:
            result = _outcome_of_reply(_cause(transcript, number) if exchange is rcpt else exchange)
        elif transcript.ended not in ("quit", "dropped"):  # Otherwise the client did not wait for the reply.
            result = _outcome_without_reply(transcript, exchange)
        if result.fate is not Fate.ACCEPT:
            break
    return replace(result, recipient=rcpt.recipient)


def _cause(transcript: Transcript, number: int) -> Exchange:
    """Return the exchange that decided about a RCPT: an earlier refusal that made it out of sequence, else its own."""
    own = transcript.exchanges[number]
    if own.reply is None or own.reply.code != _BAD_SEQUENCE:
        return own
    before = transcript.exchanges[:number]
    return next((e for e in before if e.refused and e.stage not in ("RCPT", "OTHER")), own)


def _later_exchanges(exchanges: Sequence[Exchange]) -> Iterator[Exchange]:
    """Yield the later exchanges of the same mail, which decide about all its recipients."""
    for exchange in exchanges:
        if exchange.stage in ("MAIL", "RSET", "HELO"):
            return
        if exchange.stage in ("DATA", "MESSAGE"):
            yield exchange
        if exchange.stage == "MESSAGE":
            return


def _is_positive(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.positive


def _outcome_of_reply(exchange: Exchange) -> Outcome:
    """Return the outcome for a reply: from its code, or *infrastructure* from its text."""
    reply = exchange.reply
    if reply is None or reply.positive:
        return Outcome(Fate.ACCEPT, exchange)
    if is_infrastructure(exchange):
        return Outcome(Fate.INFRASTRUCTURE, exchange)
    if reply.hangs_up:
        return Outcome(Fate.DISCONNECT, exchange)
    return Outcome(Fate.REJECT if reply.code >= _PERMANENT else Fate.DEFER, exchange)


def _outcome_without_reply(transcript: Transcript, exchange: Exchange | None) -> Outcome:
    """Return the outcome without a reply: a closed port, a disconnect, or a reply that the lab did not get in time."""
    error = f": {transcript.error}" if transcript.error else ""
    if transcript.ended == "refused":
        place = f"{transcript.server} port {transcript.server_port}"
        return Outcome(Fate.CLOSED, exchange, why=f"nobody takes connections at {place}{error}")
    fate = Fate.DISCONNECT if transcript.ended in ("closed", "dropped", "quit") else Fate.UNKNOWN
    return Outcome(fate, exchange, why=f"{_SILENCES.get(transcript.ended, 'the line broke')}{error}")

"""Matches connections of one client address with smtpd's sessions in the log, by what both sides know.

The strongest fact is a queue id, which the client was told. Then come the times: smtpd logs `connect from` before its
banner, a refusal between the command and its reply, `disconnect from` after the last command; and the sender and the
HELO name that a refusal names. Then the number of commands that smtpd counted. What all this leaves open is decided by
the order of arrival.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.events import Disconnect, Reject

if TYPE_CHECKING:
    from postfix_lab.postfix.log.log_session import SessionLog
    from postfix_lab.smtp.transcript import Exchange, Transcript

_SLACK = 0.002
"""Seconds by which two times of one machine may differ: a stamp is taken when the line is sent."""
_QUEUE_ID, _TIME, _REFUSAL, _COUNT = 1000.0, 100.0, 10.0, 1.0
_COUNTED = {"MAIL": "mail", "RCPT": "rcpt", "DATA": "data", "QUIT": "quit", "STARTTLS": "starttls", "AUTH": "auth"}


def match_sessions(
    transcripts: Sequence[Transcript | None], sessions: Sequence[SessionLog]
) -> tuple[SessionLog | None, ...]:
    """Return the session of each connection, or None; every session belongs to one at most.

    Both are in the order of arrival; a transcript is None while its connection is open.
    """
    pairs = [
        (-_likeness(transcript, session), connection, number)
        for connection, transcript in enumerate(transcripts)
        for number, session in enumerate(sessions)
    ]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, connection, number in sorted(pairs):
        if connection not in found and number not in taken:
            found[connection] = number
            taken.add(number)
    return tuple(sessions[found[n]] if n in found else None for n in range(len(transcripts)))


def _likeness(transcript: Transcript | None, session: SessionLog) -> float:
    """How well they fit: 0 if nothing is known, negative if something contradicts."""
    if transcript is None:
        return 0.0
    return _QUEUE_ID * _queue_ids(transcript, session) + sum(_time_facts(transcript, session))


def _queue_ids(transcript: Transcript, session: SessionLog) -> int:
    told = transcript.queue_ids
    return sum(1 if queue_id in session.messages else -1 for queue_id in told)


def _time_facts(transcript: Transcript, session: SessionLog) -> Iterator[float]:
    exchanges = [exchange for exchange in transcript.exchanges if exchange.reply is not None]
    if session.started < transcript.started - _SLACK:
        yield -_TIME
    if not exchanges:
        yield -_COUNT  # smtpd may never have seen it
        return
    if session.screened is None and session.started > _arrival(exchanges[0]) + _SLACK:
        yield -_TIME
    heard = [exchange.at for exchange in exchanges if exchange.reply and not exchange.reply.hangs_up]
    if session.ended is not None and heard and session.ended < heard[-1] - _SLACK:
        yield -_TIME  # What a 421 seems to answer may have been sent after smtpd was gone.
    if session.ended is not None:
        yield -_COUNT * min(abs(session.ended - transcript.finished), 1.0)
    for line, event in session.events(Reject):
        if event.action == "reject" and event.code is not None:
            yield _REFUSAL if any(_logs(line.at, event, exchange) for exchange in exchanges) else -_REFUSAL
            yield -_TIME * sum(_contradicts(stage, name, exchanges) for stage, name in _names(event))
    for _, end in session.events(Disconnect):
        yield -_COUNT * _miscounts(exchanges, end)


def _logs(at: float, event: Reject, exchange: Exchange) -> bool:
    """Whether the line logs the refusal of this exchange."""
    same = exchange.reply is not None and exchange.reply.code == event.code
    return same and exchange.at - _SLACK <= at <= _arrival(exchange) + _SLACK


def _names(event: Reject) -> tuple[tuple[str, str | None], ...]:
    return ("HELO", event.helo), ("MAIL", event.sender), ("RCPT", event.recipient)


def _contradicts(stage: str, name: str | None, exchanges: Sequence[Exchange]) -> bool:
    """Whether the client gave names at that stage, and the logged one is none of them."""
    said = [exchange.said.lower() for exchange in exchanges if exchange.stage == stage and exchange.said]
    return bool(name and said) and not any(str(name).lower() in text for text in said)


def _arrival(exchange: Exchange) -> float:
    return exchange.at + (exchange.reply.seconds if exchange.reply else 0.0)


def _miscounts(exchanges: Sequence[Exchange], end: Disconnect) -> int:
    """By how much smtpd's count of commands differs from the commands that were answered."""
    said = Counter(_COUNTED[exchange.stage] for exchange in exchanges if exchange.stage in _COUNTED)
    counted = {tally.verb: tally.tried for tally in end.commands}
    return sum(abs(said[verb] - counted.get(verb, 0)) for verb in _COUNTED.values())

"""The evidence as one sequence of events: commands, replies, DNS questions, log lines, messages, answers of MTAs.

All times are seconds since the epoch on the Internet's clock; those of the log are rsyslogd's, which has the same
time. Events of one observer keep their order. If times of several observers are equal, a cause goes before its effect:
what a client says, the DNS question that follows, what a milter or a policy service is asked, what an MTA answers and
accepts, the log line about it, and last the reply to the client.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from math import inf
from typing import TYPE_CHECKING

from postfix_lab.dns.query import Query
from postfix_lab.evidence.address import Address
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.filter_request import FilterRequest
from postfix_lab.smtp.transcript import Exchange, Transcript

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence


@dataclass(frozen=True)
class Opened:
    """A client began to connect."""

    at: float
    where: Address
    session: Transcript


@dataclass(frozen=True)
class Said:
    """A client sent a command or data."""

    at: float
    where: Address
    exchange: Exchange


@dataclass(frozen=True)
class Asked:
    """The mail host sent a DNS question."""

    at: float
    where: Address
    query: Query


@dataclass(frozen=True)
class PeerAnswered:
    """A remote MTA gave one of its declared answers."""

    at: float
    where: Address
    answer: Answered


@dataclass(frozen=True)
class FilterAsked:
    """A milter, a policy service or a table was given something, and answered."""

    at: float
    where: Address
    request: FilterRequest


@dataclass(frozen=True)
class Delivered:
    """The sink or a remote MTA accepted a message."""

    at: float
    where: Address
    message: Received


@dataclass(frozen=True)
class Logged:
    """The mail host logged a line."""

    at: float
    where: Address
    line: LogLine


@dataclass(frozen=True)
class Replied:
    """A client received the end of a reply, which the exchange contains."""

    at: float
    where: Address
    exchange: Exchange


@dataclass(frozen=True)
class Closed:
    """A client's connection ended."""

    at: float
    where: Address
    session: Transcript


Event = Opened | Said | Asked | FilterAsked | PeerAnswered | Delivered | Logged | Replied | Closed
_CAUSE_FIRST = (Opened, Said, Asked, FilterAsked, PeerAnswered, Delivered, Logged, Replied, Closed)


def timeline(evidence: Evidence) -> tuple[Event, ...]:
    """Return all events in order, each with its time, its address in the evidence, and the piece."""
    streams: list[list[Event]] = [
        *(_session(number, session) for number, session in enumerate(evidence.sessions)),
        [Asked(query.at, Address("query", n), query) for n, query in enumerate(evidence.queries)],
        [FilterAsked(request.at, Address("request", n), request) for n, request in enumerate(evidence.requests)],
        [PeerAnswered(answer.at, Address("answer", n), answer) for n, answer in enumerate(evidence.answered)],
        [Delivered(message.at, Address("message", n), message) for n, message in enumerate(evidence.messages)],
        [Logged(line.at, Address("log", n), line) for n, line in enumerate(evidence.log)],
        [Logged(line.at, Address("other_log", n), line) for n, line in enumerate(evidence.other_log)],
    ]
    ordered = (sorted(stream, key=lambda event: event.at) for stream in streams)
    return tuple(merge(*ordered, key=lambda event: (event.at, _CAUSE_FIRST.index(type(event)))))


def _session(number: int, session: Transcript) -> list[Event]:
    """Return the events of one connection.

    A reply never comes after the client's next command: its duration is measured less exactly than the times.
    """
    where = Address("session", number)
    events: list[Event] = [Opened(session.started, where, session)]
    for place, exchange in enumerate(session.exchanges):
        here = Address("session", number, place)
        if exchange.said:
            events.append(Said(exchange.at, here, exchange))
        if exchange.reply is not None:
            more = (other.at for other in session.exchanges[place + 1 :] if other.at > exchange.at)
            received = min(exchange.at + exchange.reply.seconds, next(more, inf))
            events.append(Replied(received, here, exchange))
    end = max((session.finished, *(event.at for event in events)))
    return [*events, Closed(end, where, session)]

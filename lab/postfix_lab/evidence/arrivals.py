"""Which delivery in the log brought each copy that the sink or a remote MTA received.

The topmost Received header names the queue id, unless the mail host removed or rewrote it (header_checks,
smtp_header_checks). Then the delivery line itself tells: it names the server, the recipient, and by its queue id the
Message-ID. Of several lines that fit, each belongs to one copy, in the order of the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email import message_from_string
from ipaddress import ip_address
from itertools import pairwise
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.events import Delivery, MessageId
from postfix_lab.smtp.headers import received_headers

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.smtp.behaviour import Received


@dataclass(frozen=True)
class Arrival:
    """One copy: a message as one recipient of its transaction got it."""

    number: int
    """The index of its message in `Evidence.messages`."""
    message: Received
    recipient: str
    queue_id: str = ""
    """The queue id under which the mail host delivered it; empty if nothing tells it."""


@dataclass
class _Untied:
    number: int
    message: Received
    recipient: str
    header_id: str
    """The queue id in the topmost Received header, whoever wrote it."""
    queue_id: str = ""


_Fits = Callable[[_Untied, "LogLine"], bool]


def arrivals(evidence: Evidence) -> tuple[Arrival, ...]:
    """Return each copy that arrived, in the order of the messages and their recipients."""
    lines = evidence.lines
    copies = [
        _Untied(number, message, recipient, _header_id(message))
        for number, message in enumerate(evidence.messages)
        for recipient in message.recipients
    ]
    known = {line.queue_id for line in lines if line.queue_id is not None}
    sent = _sent_lines(lines)
    if not all(copy.header_id in known for copy in copies):
        named = {line.queue_id: line.event.message_id for line in lines if isinstance(line.event, MessageId)}
        for fits in (_has_header_id, lambda copy, line: _has_message_id(copy, named.get(line.queue_id, "")), _fits_any):
            _tie(copies, sent, fits)
    return tuple(
        Arrival(copy.number, copy.message, copy.recipient, copy.queue_id or _known_id(copy.header_id, known))
        for copy in copies
    )


def count_messages(copies: Iterable[Arrival]) -> int:
    """Return the number of messages that arrived: recipients of one message may be split over transactions.

    A recipient who got copies in two transactions got two messages, also under one queue id.
    """
    transactions: defaultdict[tuple[str | int, str], set[int]] = defaultdict(set)
    for copy in copies:
        transactions[copy.queue_id or copy.number, copy.recipient.lower()].add(copy.number)
    most: defaultdict[str | int, int] = defaultdict(int)
    for (name, _), numbers in transactions.items():
        most[name] = max(most[name], len(numbers))
    return sum(most.values())


def _known_id(queue_id: str, known: set[str]) -> str:
    return queue_id if queue_id in known else ""


def _sent_lines(lines: tuple[LogLine, ...]) -> dict[str, list[LogLine]]:
    """The lines of successful deliveries by recipient, which are removed as copies are found for them."""
    found: defaultdict[str, list[LogLine]] = defaultdict(list)
    for line in lines:
        if isinstance(line.event, Delivery) and line.event.status == "sent":
            found[line.event.recipient.lower()].append(line)
    return found


def _tie(copies: list[_Untied], sent: dict[str, list[LogLine]], fits: _Fits) -> None:
    for copy in copies:
        lines = sent.get(copy.recipient.lower(), [])
        place = next((n for n, line in enumerate(lines) if not copy.queue_id and fits(copy, line)), None)
        if place is not None:
            copy.queue_id = lines.pop(place).queue_id or ""


def _has_header_id(copy: _Untied, line: LogLine) -> bool:
    return bool(copy.header_id) and line.queue_id == copy.header_id


def _has_message_id(copy: _Untied, message_id: str) -> bool:
    return bool(message_id.strip("<>")) and _message_id(copy.message) == message_id


def _fits_any(copy: _Untied, line: LogLine) -> bool:
    """Whether the line is about that server, or about a socket or program of the mail host that leads to the sink."""
    event = line.event
    if not isinstance(event, Delivery) or event.relay == "none":
        return False
    place = _remote_address(event.relay_address or "", line.peer)
    return place in ("", copy.message.server)


def _remote_address(text: str, own: str) -> str:
    """The address as text if it is another machine's, else an empty text."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    return "" if address.is_loopback or text == own else text


def _header_id(message: Received) -> str:
    return next((header.queue_id for header in received_headers(message.content)[:1]), "")


def _message_id(message: Received) -> str:
    head = message.content.replace("\r\n", "\n").partition("\n\n")[0]
    return " ".join(str(message_from_string(f"{head}\n\n").get("Message-ID", "")).split())


def chains(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield pairs of queue ids, the earlier one first, that follow one another in a message's Received headers."""
    for message in evidence.messages:
        ids = [header.queue_id for header in received_headers(message.content)]
        yield from ((earlier, later) for later, earlier in pairwise(ids) if earlier and later)

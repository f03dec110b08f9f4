"""The log lines of one SMTP session, and the state of each message that it sent.

A session ends when smtpd logs `disconnect from`. Its log is complete when each message is settled: removed from the
queue, refused by cleanup(8), on hold, discarded, or deferred with every recipient tried; and the same for the messages
derived from it (bounces, forwards, requeued copies, and what a content filter hands back).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from operator import attrgetter
from typing import TypeVar

from postfix_lab.postfix.log.events import (
    Accepted,
    Bounced,
    Client,
    Delivery,
    Disconnect,
    Event,
    NoticeFailed,
    PickedUp,
    Queued,
    Reject,
    Removed,
    ReturnedExpired,
)
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.transcript import queue_id_in

E = TypeVar("E", bound=Event)
_PARKING = frozenset({"hold", "discard", "milter-hold", "milter-discard"})
_REFUSING = frozenset({"reject", "milter-reject"})
_LOOPBACK = ("127.", "::1")
_GREETING = ("CONNECT", "HELO", "EHLO")
"""Stages at which a decision applies to every message of the session."""


class QueuedMessage:
    """A queue id with its log lines and state; `owner` is its session, None if unknown."""

    def __init__(self, queue_id: str) -> None:
        self.queue_id = queue_id
        self.lines: list[LogLine] = []
        self.children: dict[str, QueuedMessage] = {}
        self.queued: Queued | None = None
        self.owner: SessionLog | None = None
        self.tries = 0
        """The number of times that qmgr took it into the active queue."""
        self.entered = False
        """Whether it came into the queue from outside: by smtpd or pickup, not as a notification."""
        self._outcomes: list[str] = []
        self._gone = self._parked = self._stays = self._owes_notice = False

    def add(self, line: LogLine) -> None:
        """Add a line with this queue id and update the state."""
        self.lines.append(line)
        event = line.event
        if isinstance(event, Queued):
            self.queued, self._gone, self._stays, self._outcomes = event, False, False, []
            self.tries += 1
        elif isinstance(event, Delivery):
            self._outcomes.append(event.status)
            self._expect_notice(bounced=event.status == "bounced")
        elif isinstance(event, ReturnedExpired):
            self._expect_notice(bounced=True)
        elif isinstance(event, Bounced):
            self._owes_notice = False
        elif isinstance(event, NoticeFailed):
            self._owes_notice, self._stays = False, True
        elif isinstance(event, Removed):
            self._gone = True
        elif isinstance(event, Reject):
            self._parked = self._parked or event.action in _PARKING
            self._gone = self._gone or (self.owner is None and line.service == "cleanup" and event.action in _REFUSING)
        elif isinstance(event, Accepted | PickedUp):
            self.entered = True

    def park(self) -> None:
        """Mark the message as settled: it was put on hold or discarded before it had its queue id."""
        self._parked = True

    def mark_gone(self) -> None:
        """Mark the message as gone though no line says `removed`: it was requeued, or never completed."""
        self._gone = True

    def _expect_notice(self, *, bounced: bool) -> None:
        # bounce(8) sends no notification about a notification (RFC 3464 section 2.1.1: the null sender).
        sender = self.queued.sender if self.queued else ""
        if bounced and sender and not sender.startswith("double-bounce@"):
            self._owes_notice = True

    def family(self) -> Iterator[QueuedMessage]:
        """This message and all messages derived from it."""
        seen: dict[str, QueuedMessage] = {}
        waiting = [self]
        while waiting:
            message = waiting.pop()
            if message.queue_id not in seen:
                seen[message.queue_id] = message
                waiting.extend(message.children.values())
        return iter(seen.values())

    def is_settled(self, *, notices: bool) -> bool:
        """Whether this message is settled, messages derived from it left out; `notices`: its bounce is needed, too."""
        if self._owes_notice and notices:
            return False
        return self._gone or self._parked or self._stays or self.is_deferred

    @property
    def is_pending(self) -> bool:
        """Whether it came from outside, was completed, and is not settled."""
        by_pickup = any(isinstance(line.event, PickedUp) for line in self.lines[:1])
        completed = self.queued is not None or by_pickup
        return self.entered and completed and not self.is_settled(notices=False)

    @property
    def is_notice(self) -> bool:
        """Whether it is a notification that is on its way, or was begun; a few of these are never completed."""
        return not self.entered and bool(self.lines) and not self.is_settled(notices=False)

    @property
    def is_deferred(self) -> bool:
        """Whether it stays in the queue for another delivery attempt."""
        tried = self.queued is not None and len(self._outcomes) >= self.queued.nrcpt
        stays = self._stays or any(outcome in ("deferred", "SOFTBOUNCE") for outcome in self._outcomes)
        return tried and not self._gone and stays


class SessionLog:
    """The lines of one SMTP session and of its messages; it grows as they arrive."""

    def __init__(self, client: Client, line: LogLine) -> None:
        self.client = client
        self.pid = line.pid
        self.program = line.program
        self.service = line.service
        self.peer = line.peer
        self.started = line.at
        self.ended: float | None = None
        self.screened: SessionLog | None = None
        """What postscreen logged about the client before it passed it to this smtpd."""
        self.messages: dict[str, QueuedMessage] = {}
        self._lines: list[LogLine] = []
        self._parks_all = self._parks_next = False

    @property
    def lines(self) -> tuple[LogLine, ...]:
        """All lines of postscreen, smtpd, the messages and policyd-spf, in the order of their time stamps.

        Programs log through different sockets, so lines may arrive in another order than they were written.
        """
        return tuple(sorted(self.lines_by_id().values(), key=attrgetter("at")))

    def lines_by_id(self) -> dict[int, LogLine]:
        """The same lines by `id()`, in the order of arrival; equal lines are kept apart."""
        found = self.screened.lines_by_id() if self.screened else {}
        found |= {id(line): line for line in self._lines}
        for message in self._messages():
            for line in message.lines:
                found[id(line)] = line
        return found

    @property
    def size(self) -> int:
        """How many lines of its own and how many messages it has so far."""
        return len(self._lines) + len(self.messages)

    @property
    def queue_ids(self) -> tuple[str, ...]:
        """The queue ids that smtpd gave its messages, then those of bounces, forwards and requeued copies."""
        return tuple(dict.fromkeys((*self.messages, *(message.queue_id for message in self._messages()))))

    @property
    def is_over(self) -> bool:
        """Whether the session is over."""
        return self.ended is not None

    def is_finished(self, accepted: Collection[str] = (), *, notices: bool = True) -> bool:
        """Whether nothing more will be logged about the session or about its accepted messages.

        `accepted` are the queue ids of the replies `250 2.0.0 Ok: queued as ...`: a message that was never
        completed has a queue id in the log, but no end. `notices=False` does not wait for the notification of
        a bounce, which is not sent when the client said NOTIFY=NEVER (RFC 3461 section 4.1).
        """
        if not self.is_over:
            return False
        roots = [self.messages.get(queue_id) for queue_id in accepted]
        return all(
            message is not None and all(member.is_settled(notices=notices) for member in message.family())
            for message in roots
        )

    @property
    def has_settled(self) -> bool:
        """Whether every message that was started is settled, completed or not.

        Since Postfix 3.10 cleanup(8) logs `removed (canceled)` for a message that was not completed, before or after
        the end of the session.
        """
        return all(message.is_settled(notices=False) for message in self.messages.values())

    def drop_uncompleted(self) -> None:
        """Mark what a content filter began to hand back and did not complete as gone, now that the session is over."""
        last = self._lines[-1].event
        tallies = last.commands if isinstance(last, Disconnect) else ()
        if not any(tally.verb in ("data", "bdat") and tally.accepted for tally in tallies):
            for message in self.messages.values():
                if message.owner is not self:
                    message.mark_gone()

    def take(self, line: LogLine) -> None:
        """Add a line that belongs to the session itself."""
        self._lines.append(line)
        event = line.event
        if isinstance(event, Reject) and event.action in _PARKING and line.queue_id in (None, "NOQUEUE"):
            self._parks_all |= event.stage in _GREETING
            self._parks_next = True

    def events(self, kind: type[E]) -> Iterator[tuple[LogLine, E]]:
        """Yield the session's own lines with an event of that kind, without those of its messages."""
        yield from ((line, line.event) for line in self._lines if isinstance(line.event, kind))

    def begin_message(self, message: QueuedMessage) -> None:
        """Add a new message; a decision made before it had its queue id applies to it (milters, since 3.10)."""
        self.messages[message.queue_id] = message
        message.owner = message.owner or self
        if self._parks_all or self._parks_next:
            message.park()
        self._parks_next = False

    def covers(self, at: float) -> bool:
        """Whether an event at that time can belong to the session."""
        return self.started <= at and (self.ended is None or at <= self.ended)

    def _messages(self) -> Iterator[QueuedMessage]:
        for message in self.messages.values():
            yield from (member for member in message.family() if member.owner is self)


def child_queue_id(line: LogLine) -> str | None:
    """The queue id of a message that, by this line, was created from the line's own message."""
    event = line.event
    if isinstance(event, Bounced):
        return event.notification
    return event.forward_queue_id if isinstance(event, Delivery) else None


def returned_queue_id(line: LogLine) -> str:
    """The queue id under which the server that this line delivered to has put the message into a queue, or empty."""
    event = line.event
    return queue_id_in(event.reason) if isinstance(event, Delivery) and event.status == "sent" else ""


def is_own_relay(line: LogLine) -> bool:
    """Whether this line is about a delivery to a server on the mail host itself."""
    address = line.event.relay_address if isinstance(line.event, Delivery) else None
    return address is not None and (address == line.peer or address.startswith(_LOOPBACK))


def original_queue_id(line: LogLine) -> str | None:
    """The queue id that this line's message had before postsuper requeued it."""
    return line.event.orig_id if isinstance(line.event, PickedUp) else None

"""The messages in the queue according to the log, by queue id, and which message was made from which. Pure.

A message gets another queue id where local(8) forwards it, where postsuper(1) requeues it, and where a content filter
or a program gives it back to smtpd or pickup. The first two are logged with both ids. A filter leaves these traces,
which are asked in this order: its reply to Postfix names the new id (`queued as`), the new `client=` line names the old
one (`orig_queue_id`, by XFORWARD), both follow one another in the Received headers of a copy that arrived, or both have
the same Message-ID, and the new one came from where the old one went, or at least from no client of the scenario.
What came by sendmail(1) without any of these, because the message had no Message-ID, is of the last message of the same
sender that was given to a program before.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from postfix_lab.postfix.log.events import (
    Accepted,
    Connect,
    Delivery,
    HoldChanged,
    MessageId,
    PickedUp,
    Queued,
    Reject,
)
from postfix_lab.smtp.transcript import queue_id_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.smtp.transcript import Transcript

_E = TypeVar("_E")
_GREETING = ("CONNECT", "HELO", "EHLO")
"""Stages at which an action is about every message of the session."""
_HOLD, _DISCARD = ("hold", "milter-hold"), ("discard", "milter-discard")
_ACTIONS = (*_HOLD, *_DISCARD, "filter", "redirect")
"""What access(5), header_checks(5) or a milter did to a whole message that was accepted."""


@dataclass
class QueueFile:
    """A queue id and its lines, each with its index in `Evidence.lines`."""

    queue_id: str
    entries: list[tuple[int, LogLine]] = field(default_factory=list)

    def events(self, kind: type[_E]) -> list[tuple[int, _E]]:
        """The events of that kind, in order."""
        return [(index, line.event) for index, line in self.entries if isinstance(line.event, kind)]

    def actions(self, *names: str) -> list[tuple[int, Reject]]:
        """The actions of those names."""
        return [(index, event) for index, event in self.events(Reject) if event.action in names]

    @property
    def discards(self) -> list[int]:
        """The lines in which it was discarded before it entered the queue."""
        return [index for index, _ in self.actions(*_DISCARD)]

    @property
    def held(self) -> list[int]:
        """The lines in which it was put on hold, if it still is on hold."""
        found: list[int] = []
        for index, line in self.entries:
            event = line.event
            if (isinstance(event, Reject) and event.action in _HOLD) or event == HoldChanged(on_hold=True):
                found.append(index)
            elif isinstance(event, HoldChanged | Queued):
                found.clear()
        return found

    def is_given_to_program(self, before: int) -> bool:
        """Whether it began before that line and a program got it, by pipe(8) or local(8)."""
        return self.entries[0][0] < before and any(
            line.service == "pipe" or line.event.reason.startswith("delivered to command")
            for _, line in self.entries
            if isinstance(line.event, Delivery)
        )

    @property
    def sender(self) -> str | None:
        """The envelope's sender; None if qmgr never logged the message."""
        return next((event.sender for _, event in self.events(Queued)), None)

    @property
    def message_id(self) -> str:
        """The Message-ID, or an empty text."""
        found = next((event.message_id for _, event in self.events(MessageId)), "")
        return found if found.strip("<>") else ""

    def deliveries_to(self, recipient: str, others: frozenset[str]) -> list[tuple[int, Delivery]]:
        """Return the delivery attempts for a recipient of the envelope.

        If none names the recipient (a map or a redirect replaced the address), those that name none of the others.
        """
        tried = self.events(Delivery)
        if not recipient:
            return tried
        mine = [(index, event) for index, event in tried if recipient.lower() in _names(event)]
        return mine or [(index, event) for index, event in tried if not others.intersection(_names(event))]


class QueueFiles:
    """All messages of one log; `sessions` are the sessions of the scenario's clients."""

    def __init__(
        self, lines: Sequence[LogLine], sessions: Iterable[Transcript], chains: Iterable[tuple[str, str]] = ()
    ) -> None:
        """`chains`: pairs of queue ids, the earlier first, as the headers of arrived messages tell them."""
        self._chains = frozenset(chains)
        self._files: dict[str, QueueFile] = {}
        for index, line in enumerate(lines):
            if line.queue_id is not None:
                self._file(line.queue_id).entries.append((index, line))
        for queue_id, entries in _early_actions(lines):
            file = self._file(queue_id)
            file.entries = sorted((*file.entries, *entries), key=lambda entry: entry[0])
        self._clients = {(session.client, port) for session in sessions for port in (session.port, None)}

    def get(self, queue_id: str) -> QueueFile | None:
        """Return the message of that queue id; None if no line names it."""
        return self._files.get(queue_id)

    def forwarded_id(self, event: Delivery) -> str:
        """Return the new queue id of a delivered copy, as its delivery line names it, or an empty text."""
        queue_id = event.forward_queue_id or queue_id_in(event.reason)
        return queue_id if queue_id in self._files else ""

    def requeued_id(self, file: QueueFile) -> str:
        """Return the queue id after requeuing by postsuper(1), or an empty text."""
        return next(
            (
                other.queue_id
                for other in self._files.values()
                if any(event.orig_id == file.queue_id for _, event in other.events(PickedUp))
            ),
            "",
        )

    def filtered_ids(self, file: QueueFile) -> list[str]:
        """Return the queue ids under which a content filter returned the message."""
        others = (other for other in self._files.values() if other is not file)
        return [other.queue_id for other in others if self._is_successor(file, other)]

    def _is_successor(self, file: QueueFile, other: QueueFile) -> bool:
        begun: list[tuple[int, Accepted | PickedUp]] = [*other.events(Accepted), *other.events(PickedUp)]
        if not begun or begun[0][0] < file.entries[0][0]:
            return False
        _, event = begun[0]
        if (file.queue_id, other.queue_id) in self._chains:
            return True
        if isinstance(event, PickedUp):
            return event.orig_id is None and (_same_id(file, other) or self._is_likely_origin(file, other, event))
        if event.orig_queue_id:
            return event.orig_queue_id == file.queue_id
        relays = {delivery.relay_address for _, delivery in file.events(Delivery)}
        stranger = (event.client.address, event.client.port) not in self._clients
        return (stranger or event.client.address in relays) and _same_id(file, other)

    def _is_likely_origin(self, file: QueueFile, other: QueueFile, event: PickedUp) -> bool:
        """Whether a message without Message-ID is the last one before that a program got from the same sender."""
        if file.message_id or any(later == other.queue_id for _, later in self._chains):
            return False
        at = other.entries[0][0]
        given = [one for one in self._files.values() if one.sender == event.sender and one.is_given_to_program(at)]
        return bool(given) and max(given, key=lambda one: one.entries[0][0]) is file

    def _file(self, queue_id: str) -> QueueFile:
        return self._files.setdefault(queue_id, QueueFile(queue_id))


def _same_id(file: QueueFile, other: QueueFile) -> bool:
    return bool(file.message_id) and file.message_id == other.message_id


def _names(event: Delivery) -> set[str]:
    return {event.recipient.lower(), (event.orig_to or event.recipient).lower()}


def _early_actions(lines: Sequence[LogLine]) -> Iterator[tuple[str, list[tuple[int, LogLine]]]]:
    """Yield the actions that smtpd logged before the message had its queue id, with that id.

    Those of the greeting are about all messages of the session, those of MAIL and RCPT about the next one.
    """
    session: dict[tuple[str, int | None], list[tuple[int, LogLine]]] = {}
    message: dict[tuple[str, int | None], list[tuple[int, LogLine]]] = {}
    for index, line in enumerate(lines):
        process, event = (line.peer, line.pid), line.event
        if isinstance(event, Connect):
            session[process], message[process] = [], []
        elif isinstance(event, Reject) and event.action in _ACTIONS and line.queue_id is None:
            stage = session if event.stage in _GREETING else message
            stage.setdefault(process, []).append((index, line))
        elif isinstance(event, Accepted) and line.queue_id is not None:
            yield line.queue_id, [*session.get(process, ()), *message.pop(process, ())]

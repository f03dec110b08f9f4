"""What the queue made of an accepted message, for one recipient, according to the log. Pure.

A message is followed under every queue id that it had, through aliases, redirects, requeuing and content filters, to
the last line about each copy. Where several copies ended differently, the worst end counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from postfix_lab.evidence.address import Address, address_of
from postfix_lab.evidence.arrivals import arrivals, chains
from postfix_lab.postfix.log.events import Bounced, Delivery, NoticeDiscarded, NoticeFailed, Removed, ReturnedExpired
from postfix_lab.postfix.log.log_session import is_own_relay
from postfix_lab.verdict.queue_files import QueueFiles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.verdict.queue_files import QueueFile


class End(StrEnum):
    """The end of an accepted message for a recipient; the worst first."""

    BOUNCE_FAILED = "bounce failed"
    """Given up, and the notice to its sender could not be made or delivered either."""
    RETURNED_TO_NOBODY = "returned to nobody"
    """Given up without a notice: an empty sender, a discarded notice, or NOTIFY=NEVER."""
    EXPIRED = "expired"
    """Given up because it was too old (maximal_queue_lifetime)."""
    BOUNCED = "bounced"
    DEFERRED = "deferred"
    """Deferred; it will be tried again."""
    HELD = "held"
    """On hold until it is released (postsuper -H)."""
    QUEUED = "queued"
    """In the queue, and no attempt was logged."""
    UNKNOWN = "unknown"
    """No line names it."""
    DISCARDED = "discarded"
    FILTERED = "filtered"
    """Given to a content filter (`content_filter`, or `FILTER` of a table) that did not return it."""
    REDIRECTED = "redirected"
    """Delivered to the address of a `REDIRECT` instead."""
    DELIVERED = "delivered"

    @property
    def given_up(self) -> bool:
        """Whether Postfix has given it up, with or without a notice."""
        return self in _GIVEN_UP


_GIVEN_UP = (End.BOUNCE_FAILED, End.RETURNED_TO_NOBODY, End.EXPIRED, End.BOUNCED)
_WORST_FIRST = tuple(End)
_GOT_IT = (End.DELIVERED, End.REDIRECTED)
_TO_SENDER = "sender non-delivery"
_NO_NOTICE = "undeliverable postmaster notification discarded"


@dataclass(frozen=True)
class Notice:
    """A notification by bounce(8), and its end."""

    kind: str
    """`sender non-delivery`, `sender delay`, `postmaster non-delivery`..."""
    queue_id: str
    end: End


@dataclass(frozen=True)
class QueueOutcome:
    """What became of an accepted message for one recipient."""

    end: End
    queue_ids: tuple[str, ...] = ()
    """All queue ids of the message, the one in the reply to the client first."""
    addresses: tuple[str, ...] = ()
    """The final recipients, after aliases and redirects."""
    copies: int = 0
    """The number of deliveries: in the log or at sink and remote MTAs, whichever is higher."""
    notices: tuple[Notice, ...] = ()
    lines: tuple[Address, ...] = ()
    """The log lines that say so, in the order of the log."""


@dataclass(frozen=True)
class _Copy:
    end: End
    queue_ids: tuple[str, ...]
    address: str = ""
    notices: tuple[Notice, ...] = ()
    lines: tuple[int, ...] = ()
    """Indices into `Evidence.lines`."""


class MailQueue:
    """The queue of a mail host, as the log of a scenario shows it."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence, self._lines = evidence, evidence.lines
        self.files = QueueFiles(self._lines, evidence.sessions, chains(evidence))
        """The messages by queue id."""
        self._arrived = Counter((copy.queue_id, copy.recipient.lower()) for copy in arrivals(evidence))
        self._filters = _relay_names(evidence.mail_host.content_filters)

    def outcome(self, queue_id: str, recipient: str, others: Iterable[str] = ()) -> QueueOutcome:
        """Return the outcome for a recipient; `others` are the other accepted recipients of the message."""
        copies = [*self._copies(queue_id, recipient, frozenset(map(str.lower, others)), ())]
        return QueueOutcome(
            min((copy.end for copy in copies), key=_WORST_FIRST.index),
            tuple(dict.fromkeys(name for copy in copies for name in copy.queue_ids)),
            tuple(dict.fromkeys(copy.address for copy in copies if copy.address)),
            self._count(copies),
            tuple(dict.fromkeys(notice for copy in copies for notice in copy.notices)),
            self._addresses({index for copy in copies for index in copy.lines}),
        )

    def _addresses(self, indices: Iterable[int]) -> tuple[Address, ...]:
        found = (address_of(self._evidence, self._lines[index]) for index in sorted(indices))
        return tuple(address for address in found if address is not None)

    def _count(self, copies: list[_Copy]) -> int:
        logged = Counter((copy.queue_ids[-1], copy.address.lower()) for copy in copies if copy.end in _GOT_IT)
        tried = {(copy.queue_ids[-1], copy.address.lower()) for copy in copies}
        return sum(max(logged[key], self._arrived[key]) for key in tried)

    def _copies(
        self, queue_id: str, recipient: str, others: frozenset[str], before: tuple[str, ...]
    ) -> Iterator[_Copy]:
        """Yield each copy of the message for a recipient of the envelope, delivered or not."""
        file, path = self.files.get(queue_id), (*before, queue_id)
        if file is None or queue_id in before:
            yield _Copy(End.UNKNOWN, path)
            return
        if file.actions("redirect"):
            others = frozenset()
        tried: dict[str, list[tuple[int, Delivery]]] = {}
        for index, event in file.deliveries_to(recipient, others):
            tried.setdefault(event.recipient, []).append((index, event))
        for address, attempts in tried.items():
            yield from self._address_copies(file, address, attempts, others, path)
        if not tried and (again := self.files.requeued_id(file)):
            yield from self._copies(again, recipient, others, path)
        elif not tried:
            yield self._untried_copy(file, recipient, path)

    def _address_copies(
        self, file: QueueFile, address: str, attempts: list[tuple[int, Delivery]],
        others: frozenset[str], path: tuple[str, ...],
    ) -> Iterator[_Copy]:  # fmt: skip
        sent = [(index, event) for index, event in attempts if event.status == "sent"]
        named = [queue_id for _, event in sent if (queue_id := self.files.forwarded_id(event))]
        back = [queue_id for queue_id in self.files.filtered_ids(file) if self._is_about(queue_id, address, others)]
        lines = tuple(index for index, _ in sent)
        for queue_id in dict.fromkeys((*named, *back)):
            for copy in self._copies(queue_id, address, others, path):
                yield replace(copy, lines=(*lines, *copy.lines))
        if not (named or back):
            yield from (self._sent_copy(file, index, event, path) for index, event in sent)
        last, event = attempts[-1]
        if event.status != "sent":
            again = self.files.requeued_id(file)
            if again:
                yield from self._copies(again, address, others, path)
            else:
                yield self._unsent_copy(file, event, last, path)

    def _is_about(self, queue_id: str, address: str, others: frozenset[str]) -> bool:
        """Whether a message that a filter returned is for that address too, as far as the log shows."""
        file = self.files.get(queue_id)
        return file is not None and bool(file.deliveries_to(address, others) or not file.deliveries_to("", others))

    def _sent_copy(self, file: QueueFile, index: int, event: Delivery, path: tuple[str, ...]) -> _Copy:
        """Return a copy logged as sent; discard(8) logs that too, without a relay."""
        if event.relay == "none" or self._lines[index].service == "discard":
            end = End.RETURNED_TO_NOBODY if event.reason == _NO_NOTICE else End.DISCARDED
        elif file.actions("filter") or self.is_filtered(self._lines[index]):
            end = End.FILTERED
        else:
            end = End.REDIRECTED if file.actions("redirect") else End.DELIVERED
        acted = tuple(found for found, _ in file.actions("filter", "redirect"))
        return _Copy(end, path, event.recipient, self._notices(file, path), (*acted, index))

    def is_filtered(self, line: LogLine) -> bool:
        """Whether a copy went to a content filter and, unless it was returned under another queue id, no further.

        A filter is known by its name as a transport, by its socket, or as a server on the mail host itself that is none
        of the lab's.
        """
        event = line.event
        if not isinstance(event, Delivery):
            return False
        by_name = (event.relay_address or event.relay) in self._filters
        return (by_name or is_own_relay(line)) and not self._arrived[line.queue_id or "", event.recipient.lower()]

    def _unsent_copy(self, file: QueueFile, event: Delivery, index: int, path: tuple[str, ...]) -> _Copy:
        expired = [found for found, _ in file.events(ReturnedExpired) if found > index]
        if event.status == "bounced" or expired:
            end = End.EXPIRED if expired else End.BOUNCED
            return self._given_up_copy(file, end, event.recipient, (index, *expired), path)
        end = End.HELD if file.held else End.DEFERRED
        return _Copy(end, path, event.recipient, self._notices(file, path), (index, *file.held))

    def _untried_copy(self, file: QueueFile, recipient: str, path: tuple[str, ...]) -> _Copy:
        """Return the copy of a message without any logged delivery."""
        removed = [
            index
            for index, event in file.events(Removed)
            if event.how == "discarded" or self._lines[index].service == "postsuper"
        ]
        if file.discards or removed:
            return _Copy(End.DISCARDED, path, recipient, lines=(*file.discards, *removed))
        if expired := tuple(index for index, _ in file.events(ReturnedExpired)):
            return self._given_up_copy(file, End.EXPIRED, recipient, expired, path)
        return _Copy(End.HELD if file.held else End.QUEUED, path, recipient, lines=tuple(file.held))

    def _given_up_copy(
        self, file: QueueFile, end: End, address: str, lines: tuple[int, ...], path: tuple[str, ...]
    ) -> _Copy:
        notices = self._notices(file, path)
        about = (Bounced, NoticeFailed, NoticeDiscarded)
        made = tuple(index for kind in about for index, _ in file.events(kind))
        reports = [notice for notice in notices if "non-delivery" in notice.kind]
        failed = [notice for notice in reports if notice.end.given_up]
        refused = bool(file.events(NoticeFailed))
        if refused or any(notice.kind == _TO_SENDER for notice in failed) or (reports and failed == reports):
            end = End.BOUNCE_FAILED
        elif file.events(NoticeDiscarded) or (not reports and (file.sender == "" or bool(file.events(Removed)))):
            end = End.RETURNED_TO_NOBODY
        return _Copy(end, path, address, notices, (*lines, *made))

    def _notices(self, file: QueueFile, path: tuple[str, ...]) -> tuple[Notice, ...]:
        """Return the notifications about it; each is a separate message with its own end."""
        made = (event for _, event in file.events(Bounced))
        return tuple(Notice(event.kind, event.notification, self._end(event.notification, path)) for event in made)

    def _end(self, queue_id: str, path: tuple[str, ...]) -> End:
        return min((copy.end for copy in self._copies(queue_id, "", frozenset(), path)), key=_WORST_FIRST.index)


def _relay_names(content_filters: Iterable[str]) -> frozenset[str]:
    """Return what `relay=` names where these filters get mail: a transport of pipe(8), or a socket (`private/scan`)."""
    parts = (destination.partition(":") for destination in content_filters)
    return frozenset(to.removeprefix("unix:") if to.startswith("unix:") else name for name, _, to in parts)

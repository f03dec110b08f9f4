"""What became of accepted messages that did not arrive. Pure.

A message is followed from the queue id that its client was told, through aliases, content filters and programs that
hand it back, to the sink, to a remote MTA, or to a mailbox that the lab cannot look into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.evidence.arrivals import arrivals
from postfix_lab.postfix.log.events import Delivery
from postfix_lab.postfix.log.log_session import is_own_relay
from postfix_lab.smtp.headers import received_headers
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Status, Where
from postfix_lab.verdict.queue_outcome import MailQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.smtp.sendmail import Submitted
    from postfix_lab.smtp.transcript import Exchange
    from postfix_lab.verdict.queue_files import QueueFile

Loss = tuple[Status, str, "Where | None"]
"""The status of a finding, what was seen, and where."""


class Losses:
    """The messages of one piece of evidence that were accepted and did not arrive."""

    def __init__(self, evidence: Evidence, checks: Sequence[Check]) -> None:
        """A failed delivery that one of the checks expects is no loss."""
        self._checks = checks
        self._queue = MailQueue(evidence)
        # The headers name earlier hops, too: mail that was sent on and came back has arrived (RFC 5321 section 4.4).
        self._arrived = {copy.queue_id for copy in arrivals(evidence)}
        contents = [message.content for message in evidence.messages]
        self._arrived |= {header.queue_id for content in contents for header in received_headers(content)}

    def of(self, exchange: Exchange) -> Loss | None:
        """Return what became of the message that was accepted in this exchange; None if it arrived."""
        queue_id = exchange.reply.queue_id if exchange.reply else ""
        if not queue_id:
            text = exchange.reply.text if exchange.reply else ""
            return Status.UNKNOWN, f'the reply "{printable(text)}" names no queue id to follow', exchange
        return self._follow(queue_id, ())

    def of_call(self, call: Submitted) -> Loss | None:
        """Return what became of the message that sendmail(1) took in this call; None if it arrived."""
        if not call.queue_id:
            return Status.UNKNOWN, "sendmail(1) took the message, and no line of pickup(8) names its queue id", call
        return self._follow(call.queue_id, ())

    def _follow(self, queue_id: str, before: tuple[str, ...]) -> Loss | None:
        file = self._queue.files.get(queue_id)
        if file is None:
            return Status.UNKNOWN, f"queue id {queue_id} is not in the log", None
        deliveries = [(line, line.event) for _, line in file.entries if isinstance(line.event, Delivery)]
        arrived = {event.recipient: place for place, (_, event) in enumerate(deliveries) if event.status == "sent"}
        failed = [line for n, (line, event) in enumerate(deliveries) if n > arrived.get(event.recipient, -1)]
        unexpected = next((line for line in failed if not any(check.expects(line) for check in self._checks)), None)
        if unexpected:
            return Status.FAIL, printable(unexpected.text), unexpected
        following = [name for name in self._successors(file, deliveries) if name not in (*before, queue_id)]
        if following:
            return next(filter(None, (self._follow(name, (*before, queue_id)) for name in following)), None)
        # discard(8) logs a discarded message as sent, without a relay.
        sent = [line for line, event in deliveries if event.status == "sent" and event.relay != "none"]
        kept = next((line for line in sent if self._queue.is_filtered(line)), None)
        if kept and queue_id not in self._arrived:
            return Status.FAIL, f"a content filter gave nothing back: {printable(kept.text)}", kept
        # A mailbox, a program or a socket of the mail host has no address, and the lab cannot look into it.
        out_of_sight = any(getattr(line.event, "relay_address", None) is None for line in sent)
        if failed or out_of_sight or queue_id in self._arrived:
            return None
        return Status.FAIL, f"queue id {queue_id} reached neither the sink nor a peer", file.entries[-1][1]

    def _successors(self, file: QueueFile, deliveries: list[tuple[LogLine, Delivery]]) -> list[str]:
        """Return the queue ids under which the message went on."""
        named = [self._queue.files.forwarded_id(event) for _, event in deliveries if event.status == "sent"]
        within = any("/" in (event.relay_address or "/") or is_own_relay(line) for line, event in deliveries)
        found = dict.fromkeys((*filter(None, named), *(self._queue.files.filtered_ids(file) if within else ())))
        return [name for name in found if name != file.queue_id]

"""Assign each line of a log to the SMTP session that it is about.

Three facts about Postfix are used. One smtpd process serves one session at a time, from `connect from` to
`disconnect from`; a warning before `connect from` (about the client's PTR) concerns the client that follows. Every
line about a message has its queue id. A line in which one message creates another (a bounce) has both ids.
policyd-spf's lines have neither; see `spf_ties.py`.

A line or a lookup takes a few dictionary accesses, and no search.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from postfix_lab.postfix.log.events import (
    Accepted,
    Client,
    Connect,
    Disconnect,
    PolicySpf,
    Postscreen,
    Queued,
    Reject,
    Trouble,
)
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.log.log_session import (
    QueuedMessage,
    SessionLog,
    child_queue_id,
    is_own_relay,
    original_queue_id,
    returned_queue_id,
)
from postfix_lab.postfix.log.spf_ties import SpfTies
from postfix_lab.smtp.transcript import queue_id_in

_PROXIED = ("proxy-accept: ", "NOQUEUE: proxy-accept: ")
"""How a line of smtpd begins that has another smtpd's reply, which had the message from the proxy filter."""
_WRITE_FAILED, _CLOSE_FAILED = ": write queue file: ", "mail_stream_cleanup: close error"
"""What cleanup(8) warns of when a message cannot be written, and then, since 3.6, when it gives the file up."""
_CHILD = re.compile(r"process \S+ pid (\d+) ")


class LogBook:
    """The log of one or several mail hosts, added line by line, and its sessions."""

    def __init__(self, opened: Callable[[SessionLog], None] = lambda _: None) -> None:
        """`opened` gets each session at its first line: `connect from` of smtpd, or `CONNECT from` of postscreen."""
        self._opened = opened
        self._serving: dict[tuple[str, int | None], SessionLog] = {}
        self._before: dict[tuple[str, int | None], list[LogLine]] = {}
        self._screened: dict[tuple[str, str, int | None], SessionLog] = {}
        """The latest session of postscreen by mail host, address and port."""
        self._messages: dict[tuple[str, str], QueuedMessage] = {}
        self._spf = SpfTies()
        self._unclosed: set[tuple[str, int | None]] = set()
        """The cleanup(8) processes that could not write a message and have not given its file up yet."""

    def add(self, line: LogLine) -> None:
        """Add a line to the sessions that it concerns."""
        if line.service == "smtpd":
            self._add_smtpd(line)
        elif line.service == "postscreen":
            self._add_postscreen(line)
        elif line.service == "master":
            self._add_master(line)
        elif line.service == "cleanup" and line.level:
            self._add_write_error(line)
        elif isinstance(line.event, PolicySpf) and line.queue_id is None:
            self._spf.add(line, self._serving)
        if line.queue_id is not None:
            self._add_to_message(line, line.queue_id)

    def deferred_messages(self) -> dict[tuple[str, str], int]:
        """The deferred messages by mail host and queue id, each with its number of delivery attempts."""
        return {key: message.tries for key, message in self._messages.items() if message.is_deferred}

    def active_queue_ids(self) -> set[str]:
        """The queue ids of all messages that are not settled, with or without a session."""
        return {name for (_, name), message in self._messages.items() if not message.is_settled(notices=False)}

    def pending_queue_ids(self, peer: str) -> list[str]:
        """The messages of a mail host that came from outside, were completed, and are not settled."""
        return [name for (where, name), message in self._messages.items() if where == peer and message.is_pending]

    def notices(self, peer: str) -> list[QueuedMessage]:
        """The notifications of a mail host, also those to its postmaster, that were begun and are not settled."""
        return [message for (where, _), message in self._messages.items() if where == peer and message.is_notice]

    def owes_warning(self, peer: str) -> bool:
        """Whether a cleanup(8) there could not write a message, and has not logged yet that it gives the file up."""
        return any(where == peer for where, _ in self._unclosed)

    def claim(self, session: SessionLog, queue_ids: Iterable[str]) -> None:
        """Give a session the messages that its client was told of; before a proxy filter another smtpd queued them."""
        for queue_id in queue_ids:
            if queue_id not in session.messages and (known := self._messages.get((session.peer, queue_id))):
                session.messages[queue_id] = known
                for member in known.family():
                    member.owner = session

    def was_retried(self, peer: str, queue_id: str, times: int) -> bool:
        """Whether a message was tried more than `times` times, and it and all messages derived from it are settled."""
        message = self._messages.get((peer, queue_id))
        if message is None or message.tries <= times:
            return False
        return all(member.is_settled(notices=True) for member in message.family())

    def clear(self) -> None:
        """Forget all sessions that are over, so that memory stays bounded."""
        alive = list(self._serving.values())
        kept = {(session.peer, name): message for session in alive for name, message in session.messages.items()}
        open_ones = {id(session) for session in alive}
        for message in self._messages.values():
            if id(message.owner) not in open_ones:
                message.owner = None  # Break the reference cycle, so that both are freed without the collector.
        for table in (self._before, self._screened, self._messages):
            table.clear()
        self._unclosed.clear()
        self._spf.clear(alive)
        self._messages.update(kept)

    def _add_write_error(self, line: LogLine) -> None:
        if _WRITE_FAILED in line.text:
            self._unclosed.add((line.peer, line.pid))
        elif _CLOSE_FAILED in line.text:
            self._unclosed.discard((line.peer, line.pid))

    def _add_smtpd(self, line: LogLine) -> None:
        key, event = (line.peer, line.pid), line.event
        if isinstance(event, Connect):
            self._connect(event.client, line)
            return
        session = self._serving.get(key)
        if session is None:
            if isinstance(event, Disconnect):
                self._before.pop(key, None)
            else:
                self._before.setdefault(key, []).append(line)
            return
        session.take(line)
        if line.text.startswith(_PROXIED):
            self.claim(session, [queue_id_in(line.text)])
        if isinstance(event, Reject):
            self._spf.add_evidence(session, line)
        if isinstance(event, Disconnect) or (isinstance(event, Trouble) and event.level in ("fatal", "panic")):
            self._end_session(key, line.at)

    def _connect(self, client: Client, line: LogLine) -> None:
        key = (line.peer, line.pid)
        if key in self._serving:
            self._end_session(key, line.at)
        session = SessionLog(client, line)
        screened = self._screened.get((line.peer, client.address, client.port))
        if screened is not None and screened.ended is None:
            screened.ended, session.screened = line.at, screened
        for earlier in (*self._before.pop(key, ()), line):
            session.take(earlier)
        self._serving[key] = session
        self._spf.open_session(session)
        self._opened(session)

    def _end_session(self, key: tuple[str, int | None], at: float) -> None:
        session = self._serving.pop(key)
        session.ended = at
        session.drop_uncompleted()
        self._spf.close_session(session)

    def _add_postscreen(self, line: LogLine) -> None:
        event = line.event
        if not isinstance(event, Postscreen | Reject) or event.client is None:
            return
        key = line.peer, event.client.address, event.client.port
        if isinstance(event, Postscreen) and event.action == "CONNECT":
            self._screened[key] = SessionLog(event.client, line)
            self._opened(self._screened[key])
        if (session := self._screened.get(key)) is not None:
            session.take(line)
            if isinstance(event, Postscreen) and event.action == "DISCONNECT":
                session.ended = line.at

    def _add_master(self, line: LogLine) -> None:
        died = _CHILD.match(line.event.message) if isinstance(line.event, Trouble) else None
        key = (line.peer, int(died[1])) if died else None
        if key in self._serving and key is not None:
            self._serving[key].take(line)
            self._end_session(key, line.at)

    def _add_to_message(self, line: LogLine, queue_id: str) -> None:
        message = self._get_message(line.peer, queue_id)
        if isinstance(line.event, Accepted):
            message = self._begin_message(line, queue_id, line.event)
        first = message.queued is None
        message.add(line)
        if child := child_queue_id(line):
            self._adopt(message, self._get_message(line.peer, child))
        back = returned_queue_id(line)
        if back and back != queue_id and ((line.peer, back) in self._messages or is_own_relay(line)):
            self._adopt(message, self._get_message(line.peer, back))
        if before := original_queue_id(line):
            parent = self._get_message(line.peer, before)
            parent.mark_gone()
            self._adopt(parent, message)
        session = message.owner
        if first and isinstance(line.event, Queued) and session and session.messages.get(queue_id) is message:
            self._spf.add_evidence(session, line)

    def _get_message(self, peer: str, queue_id: str) -> QueuedMessage:
        if (known := self._messages.get((peer, queue_id))) is None:
            known = self._messages[peer, queue_id] = QueuedMessage(queue_id)
        return known

    def _begin_message(self, line: LogLine, queue_id: str, event: Accepted) -> QueuedMessage:
        """Start a new message; an earlier one with this queue id is forgotten, because Postfix reuses short ids."""
        known = self._messages.get((line.peer, queue_id))
        message = known if known and not known.lines else QueuedMessage(queue_id)  # else: a reply has named it before
        self._messages[line.peer, queue_id] = message
        session = self._serving.get((line.peer, line.pid))
        if session is not None:
            session.begin_message(message)
        if event.orig_queue_id and (line.peer, event.orig_queue_id) in self._messages:
            self._adopt(self._messages[line.peer, event.orig_queue_id], message)
        return message

    @staticmethod
    def _adopt(parent: QueuedMessage, child: QueuedMessage) -> None:
        parent.children[child.queue_id] = child
        if parent.owner is not None:
            for member in child.family():
                member.owner = parent.owner

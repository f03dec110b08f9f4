"""The client's end of one TCP connection: executes the actions of a `Conversation`, and passes it the replies.

No stream, no transport, no task: the loop watches the socket, and a reply is answered in the same
call that received it. That makes a session as cheap as one of smtplib; each asyncio layer would
add a tenth to its time.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import struct
from collections import deque
from time import perf_counter
from typing import TYPE_CHECKING

from postfix_lab.inside.internet.smtp.rendezvous import Meeting
from postfix_lab.inside.internet.smtp.tls import Tls, client_context
from postfix_lab.smtp.action import AwaitHangUp, ConnectionEnded, Handshake, Hear, Listen, Say
from postfix_lab.smtp.dialogue import Drop, HalfClose, Meet
from postfix_lab.smtp.wire import Malformed, RawReply, ReplyParser

if TYPE_CHECKING:
    from postfix_lab.smtp.action import Action, Actions, Heard

_CHUNK = 65536
_UNASKED = 1000
"""Unsolicited replies after which the connection is ended."""


class ClientConnection:
    """One connection; `done` is set when the conversation is over, and `close` must be called then."""

    def __init__(self, sock: socket.socket, acts: Actions, timeout: float, meeting: Meeting | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()
        self._sock = sock
        self._fd = sock.fileno()  # asyncio is much slower with the object
        self._acts = acts
        self._timeout = timeout
        self._meeting = meeting or Meeting(1)
        self._there = False
        """The session has arrived at the meeting."""
        self._tls: Tls | None = None
        self._backlog = b""
        """Octets that the kernel has not accepted yet."""
        self._blocked = False
        self._ending = False
        """The sending half is to be closed when the backlog is sent."""
        self._parser = ReplyParser()
        self._replies: deque[tuple[RawReply, float]] = deque()
        self._asked = 0
        """The highest number of replies that one action has asked for."""
        self._heard_any = False
        self._in = True
        """Holds an admission slot that has not been released."""
        self._waiting: Action | None = None
        """The action whose end the conversation waits for."""
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._spoken = perf_counter()
        self._broke: ConnectionEnded | None = None
        self._hurry = ""

    def open(self, server: str, port: int) -> None:
        """Connect, and begin the conversation; the banner, or an error in its place, shows the result."""
        error = self._sock.connect_ex((server, port))
        if error not in (0, errno.EINPROGRESS):
            self._end(self._line_error(OSError(error, errno.errorcode.get(error, ""))))
        else:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._loop.add_reader(self._fd, self._readable)
        self._step()

    def shorten_timeout(self, seconds: float, why: str) -> None:
        """Limit the wait for each reply to that many seconds from now on; the reason is part of a timeout's text."""
        self._timeout, self._hurry = min(self._timeout, seconds), why
        if self._waiting is not None and not isinstance(self._waiting, AwaitHangUp | Drop):
            self._set_deadline(self._timeout)

    def close(self) -> None:
        """Close the connection, whatever its state."""
        if self._timer:
            self._timer.cancel()
        self._release_slot()
        if not self._there:
            self._meeting.leave()
        if self._tls and not self._broke:
            self._send(self._tls.goodbye())
        self._loop.remove_reader(self._fd)
        if self._blocked:
            self._loop.remove_writer(self._fd)
        self._sock.close()

    def _step(self, heard: Heard = None, broke: ConnectionEnded | None = None) -> None:
        """Pass a reply or an error to the conversation, and execute its actions until one has to wait."""
        self._waiting = None
        try:
            act = self._acts.throw(broke) if broke else self._acts.send(heard)
            while not self._begin_action(act):
                act = self._acts.send(self._pop() if isinstance(act, Hear | Listen) else None)
        except StopIteration:
            self._finish(None)
        except Exception as error:  # noqa: BLE001 - raised where `done` is awaited
            self._finish(error)

    def _begin_action(self, act: Action) -> bool:
        """Begin the action; return whether the conversation has to wait for its end."""
        if isinstance(act, Say):
            self._asked = max(self._asked, act.asks)
            self._send(self._tls.encrypt(act.octets) if self._tls else act.octets)
            return False
        if isinstance(act, HalfClose):
            self._ending = True
            self._send(b"")
            return False
        if isinstance(act, Hear | Listen) and self._replies:
            return False
        if isinstance(act, Drop):
            self._drop(reset=act.reset)
        if isinstance(act, Handshake):
            self._begin_tls()
        self._waiting = act
        self._set_deadline(min(self._timeout, act.seconds) if isinstance(act, AwaitHangUp | Listen) else self._timeout)
        if isinstance(act, Meet):
            self._there = True
            self._meeting.arrive(lambda: self._loop.call_soon(self._release))
        if self._broke or isinstance(act, Drop):
            self._loop.call_soon(self._continue)
        return True

    def _continue(self) -> None:
        """After an event: step the conversation if it waited for that."""
        waiting = self._waiting
        if waiting is None:
            return
        if isinstance(waiting, Hear | Listen) and self._replies:
            self._step(self._pop())
        elif isinstance(waiting, Drop):
            # The backlog is still sent, unless the connection is broken.
            if not self._backlog or self._broke:
                self._step()
        elif self._broke:
            self._step(broke=self._broke)

    def _release_slot(self) -> None:
        """Release the admission slot: this session was answered, or is over."""
        if self._in:
            self._in = False
            self._meeting.release_slot()

    def _release(self) -> None:
        """Continue: all sessions have arrived at the meeting."""
        if isinstance(self._waiting, Meet) and not self._broke:
            self._step()

    def _pop(self) -> Heard:
        raw, arrived = self._replies.popleft()
        return raw, max(arrived - self._spoken, 0.0)

    def _finish(self, error: Exception | None) -> None:
        if error and not self.done.done():
            self.done.set_exception(error)
        elif not self.done.done():
            self.done.set_result(None)

    def _readable(self) -> None:
        """Read replies with their time of arrival, and step the conversation if it waits for one."""
        try:
            data = self._sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._end(self._line_error(error))
        else:
            self._heard_any = True
            self._release_slot()
            if data:
                self._take(data)
            else:
                self._end(self._line_error(None))
        self._meeting.when_connected(self._continue)

    def _take(self, data: bytes) -> None:
        arrived = perf_counter()
        try:
            self._parser.feed(self._decrypt(self._tls, data) if self._tls else data)
            while raw := self._parser.next_reply():
                self._replies.append((raw, arrived))
        except Malformed as error:
            self._end(ConnectionEnded("error", str(error)))
        except ssl.SSLError as error:
            self._end(ConnectionEnded("error", f"TLS: {error}"))
        if len(self._replies) > _UNASKED + self._asked:
            self._replies.clear()
            self._end(ConnectionEnded("error", f"more than {_UNASKED} replies to nothing"))

    def _send(self, octets: bytes) -> None:
        self._backlog += octets
        if not self._blocked:
            self._flush()
        self._spoken = perf_counter()

    def _flush(self) -> None:
        try:
            while self._backlog and not self._broke:
                self._backlog = self._backlog[self._sock.send(self._backlog) :]
            if self._ending and not self._broke:
                self._sock.shutdown(socket.SHUT_WR)
        except (BlockingIOError, InterruptedError):
            if not self._blocked:
                self._loop.add_writer(self._fd, self._writable)
            self._blocked = True
        except OSError as error:
            self._backlog = b""
            # On a connection that was open, the reader sees the end, after replies that may have come before.
            if not self._heard_any:
                self._end(self._line_error(error))
                self._loop.call_soon(self._continue)

    def _writable(self) -> None:
        """Send more of the backlog; the server's time begins when all is sent."""
        self._flush()
        if self._backlog:
            return
        self._loop.remove_writer(self._fd)
        self._blocked = False
        self._spoken = perf_counter()
        self._deadline = self._loop.time() + self._timeout
        if isinstance(self._waiting, Drop):
            self._continue()

    def _line_error(self, error: OSError | None) -> ConnectionEnded:
        """Return why the connection ended; before the first octet it may never have been open."""
        if error and not self._heard_any and error.errno not in (errno.ECONNRESET, errno.EPIPE):
            return ConnectionEnded("refused", error.strerror)
        cut = f"in the middle of a reply: {self._parser.rest[:80]!r}" if self._parser.rest else None
        return ConnectionEnded("closed", error.strerror if error else cut)

    def _end(self, broke: ConnectionEnded) -> None:
        """Stop reading and sending; the first reason is kept."""
        self._broke = self._broke or broke
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)

    def _drop(self, *, reset: bool) -> None:
        self._tls = None  # and no close_notify
        if reset:
            # With no time to linger, close(2) sends RST instead of FIN (socket(7)).
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._backlog = b""

    def _begin_tls(self) -> None:
        """Start TLS; unread plain text is discarded (RFC 3207 section 6)."""
        self._replies.clear()
        self._parser = ReplyParser()
        self._tls = Tls(client_context())
        self._send(self._tls.outgoing())

    def _decrypt(self, tls: Tls, data: bytes) -> bytes:
        """Decrypt data; after the handshake the conversation continues."""
        plain = tls.decrypt(data)
        self._send(tls.outgoing())
        if tls.ready and isinstance(self._waiting, Handshake):
            self._step()
        return plain

    def _set_deadline(self, seconds: float) -> None:
        """Set the deadline; the session's timer is renewed only when it fires, since most replies come at once."""
        self._deadline = self._loop.time() + seconds
        if self._timer and self._timer.when() > self._deadline:
            self._timer.cancel()
            self._timer = None
        if not self._timer:
            self._timer = self._loop.call_at(self._deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        if self._waiting is None:
            return
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._tick)
        elif isinstance(self._waiting, AwaitHangUp | Drop | Listen):
            self._step()
        else:
            self._end(self._timeout_error())
            self._continue()

    def _timeout_error(self) -> ConnectionEnded:
        try:
            self._sock.getpeername()
        except OSError:
            return ConnectionEnded("refused", f"no connection within {self._timeout:g} s")
        told = f", and the log says: {self._hurry}" if self._hurry else ""
        if isinstance(self._waiting, Meet):
            return ConnectionEnded("timeout", f"not all of the other sessions came within {self._timeout:g} s{told}")
        return ConnectionEnded("timeout", f"no reply within {self._timeout:g} s{told}")

"""The control stream: one JSON message a line over the engine's attach connection.

The far end is a container's main process; its standard input and output are a way in and out that
needs no published port and no mount, and works with a remote engine as well. Where the engine runs
on this machine there is a shorter one to the same process, a UNIX socket in the container's own files;
requests then go there, and the attach connection tells the last words.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from postfix_lab.errors import LabError
from postfix_lab.serialization import without_collector

_HEADER = 8
_CHUNK = 1 << 18
_STDERR = 2
_LAST_WORDS = 2.0
"""Seconds in which the engine tells what a container said that has just ended."""


Hear = Callable[[Any], None]


class Stream:
    """Requests to one container; a reply that does not come is a `LabError`.

    They are answered one at a time, but for those that are asked *aside*: a far end that answers such a
    request late goes on with the others meanwhile.
    """

    def __init__(self, sock: socket.socket, name: str, owner: object = None) -> None:
        """`owner` is whatever closes the socket when it is collected; it lives as long as the stream."""
        self._sock = sock
        self._direct: socket.socket | None = None
        self._owner = owner
        self._name = name
        self._frames = bytearray()
        self._out = bytearray()
        self._searched = 0
        """Octets at the beginning of what came in which there is no end of a line."""
        self._err = bytearray()
        self._serial = 0
        self._in_turn = threading.Lock()
        self._state = threading.Condition()
        self._answers: dict[int, dict[str, Any] | None] = {}
        """Of every request that somebody waits for; None until it comes."""
        self._hearers: dict[int, Hear | None] = {}
        self._reading = False
        self._closed = threading.Event()

    def call(
        self, do: str, *, limit: float = 60.0, aside: bool = False, hear: Hear | None = None, **arguments: Any
    ) -> Any:
        """Send one request and return what it answers; `limit` in seconds. Several threads may call.

        `hear` is given the parts of an answer that come before its end.
        """
        with contextlib.nullcontext() if aside else self._in_turn, self._state:
            serial = self._send(do, **arguments)
            self._hearers[serial] = hear
            try:
                message = self._answer(serial, limit)
            finally:
                del self._answers[serial], self._hearers[serial]
        if "error" in message:
            raise LabError(f"{self._name} reports: {message['error']}")
        return message.get("value")

    def shorten(self, sock: socket.socket) -> None:
        """Send requests through that socket from now on; what comes back through it is not framed."""
        with self._in_turn:
            self._direct = sock

    def send(self, octets: bytes, what: str) -> None:
        """Send octets as they are; `what` ends the sentence "the container could not ..." if that fails."""
        try:
            (self._direct or self._sock).sendall(octets)
        except OSError as error:
            raise LabError(self._lost(f"could not {what} ({error})")) from error

    def end(self) -> None:
        """The container has ended: after its last words there is nothing to wait for, whatever the engine says."""
        if not self._closed.wait(_LAST_WORDS):
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Hang up; the far end ends by itself."""
        self._closed.set()
        if self._direct is not None:
            self._direct.close()
        self._sock.close()

    def _send(self, do: str, **arguments: Any) -> int:
        self._serial += 1
        line = json.dumps({"id": self._serial, "do": do, **arguments}) + "\n"
        self._answers[self._serial] = None
        try:
            self.send(line.encode(), f"be asked to {do}")
        except LabError:
            del self._answers[self._serial]
            raise
        return self._serial

    def _answer(self, serial: int, limit: float) -> dict[str, Any]:
        """Wait for it; of all who wait, one reads the line for the others as well."""
        deadline = time.monotonic() + limit
        while (message := self._answers[serial]) is None:
            if self._reading:
                if not self._state.wait(deadline - time.monotonic()):
                    raise LabError(self._lost(f"did not answer within {limit:g} s"))
                continue
            self._reading = True
            self._state.release()
            try:
                data = self._read(deadline, limit)
            finally:
                self._state.acquire()
                self._reading = False
                self._state.notify_all()
            with without_collector():
                self._take(data)
        return message

    def _read(self, deadline: float, limit: float) -> bytes:
        line = self._direct or self._sock
        try:
            while line not in (ready := self._ready(line, deadline)):
                if not ready:
                    raise LabError(self._lost(f"did not answer within {limit:g} s"))
                self._overhear()
            data = line.recv(_CHUNK)
        except (OSError, ValueError) as error:  # ValueError: closed by another thread
            raise LabError(self._lost(f"broke off ({error})")) from error
        if not data:
            raise LabError(self._lost("ended while it was asked something"))
        return data

    def _ready(self, line: socket.socket, deadline: float) -> list[socket.socket]:
        """Which of the two sockets has something to be read; none when the time is over."""
        left = deadline - time.monotonic()
        return select.select({line, self._sock}, [], [], left)[0] if left > 0 else []

    def _overhear(self) -> None:
        """What the engine tells while the answer comes another way: last words, or that there is no engine any more."""
        if not (said := self._sock.recv(_CHUNK)):
            raise LabError(self._lost("ended while it was asked something, or its engine did"))
        self._unframe(said)

    def _take(self, data: bytes) -> None:
        if self._direct:
            self._out += data
        else:
            self._unframe(data)
        while (end := self._out.find(b"\n", self._searched)) >= 0:
            line = bytes(self._out[:end])
            del self._out[: end + 1]
            self._searched = 0
            message = _message(line)
            if message is None:  # Whoever is root in there can write to the main process's output.
                raise LabError(self._lost(f"sent what is no answer: {line[:80]!r}"))
            serial = message.get("id")
            if serial not in self._answers:  # Nobody waits any more.
                continue
            if "part" not in message:
                self._answers[serial] = message
            elif hear := self._hearers[serial]:
                hear(message["part"])
        self._searched = len(self._out)

    def _unframe(self, data: bytes) -> None:
        self._frames += data
        # The attach protocol frames both outputs: one octet of kind, three of nothing, four of length.
        while len(self._frames) >= _HEADER:
            size = int.from_bytes(self._frames[4:_HEADER], "big")
            if len(self._frames) < _HEADER + size:
                return
            target = self._err if self._frames[0] == _STDERR else self._out
            target += self._frames[_HEADER : _HEADER + size]
            del self._frames[: _HEADER + size]

    def _listen(self) -> None:
        """Read what the engine still has of a container that is ending, and was not asked through it."""
        deadline = time.monotonic() + _LAST_WORDS
        while self._direct and select.select([self._sock], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not (data := self._sock.recv(_CHUNK)):
                return
            self._unframe(data)

    def _lost(self, what: str) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._listen()
        said = self._err.decode(errors="replace").strip()
        last = "\n".join(said.splitlines()[-12:])
        return f"the container {self._name} {what}." + (f" Its last words:\n{last}" if last else " It said nothing.")


def _message(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("id"), int | None) else None

"""The control stream: one JSON message a line over the engine's attach connection.

The far end is a container's main process; its standard input and output are a way in and out that
needs no published port and no mount, and works with a remote engine as well. Where the engine runs
on this machine there is a shorter one to the same process, a UNIX socket in the container's own files;
requests then go there, and the attach connection tells the last words.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from typing import Any

from lab.errors import LabError

_HEADER = 8
_CHUNK = 1 << 18
_STDERR = 2
_LAST_WORDS = 2.0
"""Seconds in which the engine tells what a container said that has just ended."""


class Stream:
    """Requests to one container, one at a time; a reply that does not come is a `LabError`."""

    def __init__(self, sock: socket.socket, name: str, owner: object = None) -> None:
        """`owner` is whatever closes the socket when it is collected; it lives as long as the stream."""
        self._sock = sock
        self._direct: socket.socket | None = None
        self._owner = owner
        self._name = name
        self._frames = bytearray()
        self._out = bytearray()
        self._err = bytearray()
        self._serial = 0
        self._lock = threading.Lock()

    def call(self, do: str, *, limit: float = 60.0, **arguments: Any) -> Any:
        """Send one request and return what it answers; `limit` in seconds.

        Several threads may call; the far end is asked one thing at a time.
        """
        with self._lock:
            self._send(do, **arguments)
            return self._answer(limit)

    def shorten(self, sock: socket.socket) -> None:
        """Send requests through that socket from now on; what comes back through it is not framed."""
        self._direct = sock

    def close(self) -> None:
        """Hang up; the far end ends by itself."""
        if self._direct is not None:
            self._direct.close()
        self._sock.close()

    def send(self, octets: bytes, what: str) -> None:
        """Send octets as they are; `what` ends the sentence "the container could not ..." if that fails."""
        try:
            (self._direct or self._sock).sendall(octets)
        except OSError as error:
            raise LabError(self._lost(f"could not {what} ({error})")) from error

    def _send(self, do: str, **arguments: Any) -> None:
        self._serial += 1
        line = json.dumps({"id": self._serial, "do": do, **arguments}) + "\n"
        self.send(line.encode(), f"be asked to {do}")

    def _answer(self, limit: float) -> Any:
        deadline = time.monotonic() + limit
        while True:
            message = json.loads(self._line(deadline, limit))
            if message.get("id") != self._serial:
                continue
            if "error" in message:
                raise LabError(f"{self._name} reports: {message['error']}")
            return message.get("value")

    def _line(self, deadline: float, limit: float) -> bytes:
        while (end := self._out.find(b"\n")) < 0:
            self._read(deadline, limit)
        line = bytes(self._out[:end])
        del self._out[: end + 1]
        return line

    def _read(self, deadline: float, limit: float) -> None:
        line = self._direct or self._sock
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([line], [], [], left)[0]:
            raise LabError(self._lost(f"did not answer within {limit:g} s"))
        try:
            data = line.recv(_CHUNK)
        except OSError as error:
            raise LabError(self._lost(f"broke off ({error})")) from error
        if not data:
            raise LabError(self._lost("ended while it was asked something"))
        if line is self._direct:
            self._out += data
        else:
            self._frames += data
            self._demultiplex()

    def _demultiplex(self) -> None:
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
            try:
                data = self._sock.recv(_CHUNK)
            except OSError:
                return
            if not data:
                return
            self._frames += data
            self._demultiplex()

    def _lost(self, what: str) -> str:
        self._listen()
        said = self._err.decode(errors="replace").strip()
        last = "\n".join(said.splitlines()[-12:])
        return f"the container {self._name} {what}." + (f" Its last words:\n{last}" if last else " It said nothing.")

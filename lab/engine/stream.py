"""The control stream: one JSON message a line over the engine's attach connection.

The far end is a container's main process; its standard input and output are the only way in and
out, so a lab needs no published port and no mount, and works with a remote engine as well.
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
_STDERR = 2


class Stream:
    """Requests to one container, one at a time; a reply that does not come is a `LabError`."""

    def __init__(self, sock: socket.socket, name: str, owner: object = None) -> None:
        """`owner` is whatever closes the socket when it is collected; it lives as long as the stream."""
        self._sock = sock
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

    def close(self) -> None:
        """Hang up; the far end ends by itself."""
        self._sock.close()

    def _send(self, do: str, **arguments: Any) -> None:
        self._serial += 1
        line = json.dumps({"id": self._serial, "do": do, **arguments}) + "\n"
        try:
            self._sock.sendall(line.encode())
        except OSError as error:
            raise LabError(self._lost(f"could not be asked to {do} ({error})")) from error

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
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self._sock], [], [], left)[0]:
            raise LabError(self._lost(f"did not answer within {limit:g} s"))
        try:
            data = self._sock.recv(1 << 18)
        except OSError as error:
            raise LabError(self._lost(f"broke off ({error})")) from error
        if not data:
            raise LabError(self._lost("ended while it was asked something"))
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

    def _lost(self, what: str) -> str:
        said = self._err.decode(errors="replace").strip()
        last = "\n".join(said.splitlines()[-12:])
        return f"the container {self._name} {what}." + (f" Its last words:\n{last}" if last else " It said nothing.")

"""The line to a standing lab: a UNIX socket in the folder of the evidence, one JSON object a line.

A request is `{"schema": 1, "do": "run", ...}`. The answer is `{"value": ...}` or `{"error": {...}}`, each perhaps
with `notes`: sentences for whoever asked. To `news` a first answer
says that nothing is missed any more, and the others come until the asker hangs up.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from postfix_lab.errors import InputError, LabError
from postfix_lab.standing.standing_record import LOG, SOCKET, Record

SCHEMA = 1
MAX_LINE = 1 << 26
_PEER = struct.Struct("3i")


class Line:
    """One connection to the keeper of a standing lab."""

    def __init__(self, folder: Path, *, limit: float | None = None) -> None:
        """`limit` in seconds is how long an answer is waited for."""
        self._folder = folder
        self.notes: list[str] = []
        """What the keeper had to say beside its answers."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(limit)
        try:
            with short_path(folder) as path:
                self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise LabError(self._lost(f"does not take connections ({error.strerror})")) from error
        self._lines = self._socket.makefile("rb")

    def ask(self, do: str, **arguments: Any) -> Any:
        """Send one request and return the value of its answer; what the keeper reports is raised."""
        self._send(do, **arguments)
        return self._value(self._read())

    def follow(self, do: str, **arguments: Any) -> Iterator[Any]:
        """Send one request and yield answers until somebody hangs up; `down` ends them like this."""
        self._send(do, **arguments)
        while line := self._read():
            yield self._value(line)

    def close(self) -> None:
        """Hang up."""
        self._lines.close()
        self._socket.close()

    def _send(self, do: str, **arguments: Any) -> None:
        try:
            self._socket.sendall(json.dumps({"schema": SCHEMA, "do": do, **arguments}).encode() + b"\n")
        except OSError as error:
            raise LabError(self._lost(f"broke off ({error.strerror})")) from error

    def _read(self) -> bytes:
        try:
            return self._lines.readline()
        except OSError as error:
            raise LabError(self._lost(f"did not answer ({error})")) from error

    def _value(self, line: bytes) -> Any:
        if not line.endswith(b"\n"):
            raise LabError(self._lost("ended while it was asked something"))
        answer = json.loads(line)
        self.notes += answer.get("notes", ())
        if "error" in answer:
            raise _raised(answer["error"])
        return answer["value"]

    def _lost(self, what: str) -> str:
        return (
            f"The standing lab {what}. Its log is {self._folder / LOG}; "
            "`postfix-lab down` and `postfix-lab up` make a new one."
        )


def told(error: LabError) -> dict[str, Any]:
    """An error as it crosses."""
    where = {"file": error.file, "line": error.line} if isinstance(error, InputError) else {}
    return {"message": str(error), "exit_code": error.exit_code, **where}


def _raised(error: dict[str, Any]) -> LabError:
    """The same error on this side."""
    if error["exit_code"] != InputError.exit_code:
        return LabError(error["message"])
    found = InputError(error["message"])
    found.file, found.line = error.get("file"), error.get("line")
    return found


def stands(folder: Path, found: Record) -> bool:
    """Whether the process that the record names is alive and listens in that folder: anybody can write a record.

    SO_PEERCRED (unix(7)) names the process that called listen(2).
    """
    if not found.alive:
        return False
    with socket.socket(socket.AF_UNIX) as sock, suppress(OSError), short_path(folder) as path:
        sock.connect(path)
        pid, _, _ = _PEER.unpack(sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
        return bool(pid == found.pid)
    return False


@contextmanager
def short_path(folder: Path) -> Iterator[str]:
    """A path to the socket that fits into sockaddr_un (unix(7): 108 octets), however deep the folder is."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)

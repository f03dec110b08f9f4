"""The connection to a standing lab: a UNIX socket in the folder of the evidence, with the lines of `json_lines.py`.

A request also has `schema`, the version of the verbs in `requests.py` and of their values. An answer may have
`notes`: sentences for the user.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from postfix_lab.errors import LabError
from postfix_lab.json_lines import LineTooLongError, decode, encode, error_from, read_line
from postfix_lab.standing.standing_record import LOG, SOCKET, LabRecord
from postfix_lab.verbs import OBJECTS, Tell, Verb, verb_of

if TYPE_CHECKING:
    from postfix_lab.standing.requests import KeeperVerbs

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
SCHEMA = 4
_PEER = struct.Struct("3i")


class KeeperConnection:
    """One connection to the keeper of a standing lab."""

    def __init__(self, folder: Path, *, limit: float | None = None) -> None:
        """`limit`: seconds to wait for an answer; None: for ever. Raises `LabError` if it cannot connect."""
        self._folder = folder
        self._serial = 0
        self.notes: list[str] = []
        """The keeper's notes with its answers so far."""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(limit)
        try:
            with short_path(folder) as path:
                self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise LabError(self._describe_loss(f"does not take connections ({error.strerror})")) from error
        self._lines = self._socket.makefile("rb")

    def ask(self, verb: Callable[Concatenate[KeeperVerbs, P], R]) -> Callable[P, R]:
        """Return the keeper's verb as a local function; errors that the keeper reports are raised."""

        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            declared = verb_of(verb)
            arguments, tell = declared.arguments(args, kwargs)
            self._send(declared, arguments)
            while "part" in (answer := self._answer()):
                if tell:
                    tell(declared.read_part(OBJECTS, answer["part"]))
            value: R = declared.read_value(OBJECTS, answer.get("value"))
            return value

        return ask

    def follow(self, verb: Callable[[KeeperVerbs, Tell[T]], None]) -> Iterator[T]:
        """Call the verb and yield its parts until either end closes the connection, as `down` does."""
        declared = verb_of(verb)
        self._send(declared, {})
        while line := self._read():
            yield declared.read_part(OBJECTS, self._message(line).get("part"))

    def close(self) -> None:
        """Close the connection."""
        self._lines.close()
        self._socket.close()

    def _send(self, verb: Verb, arguments: dict[str, Any]) -> None:
        self._serial += 1
        request = {"schema": SCHEMA, "id": self._serial, "verb": verb.name, "arguments": arguments}
        try:
            self._socket.sendall(encode(request, default=OBJECTS.write))
        except OSError as error:
            raise LabError(self._describe_loss(f"broke off ({error.strerror})")) from error

    def _answer(self) -> dict[str, Any]:
        line = self._read()
        if not line.endswith(b"\n"):
            raise LabError(self._describe_loss("ended while it was asked something"))
        return self._message(line)

    def _read(self) -> bytes:
        try:
            return read_line(self._lines)
        except (OSError, LineTooLongError) as error:
            raise LabError(self._describe_loss(f"did not answer ({error})")) from error

    def _message(self, line: bytes) -> dict[str, Any]:
        answer = decode(line)
        if answer is None:
            raise LabError(self._describe_loss(f"sent what is no answer ({line[:80]!r})"))
        self.notes += answer.get("notes", ())
        if "error" in answer:
            raise error_from(answer["error"])
        return answer

    def _describe_loss(self, what: str) -> str:
        return (
            f"The standing lab {what}. Its log is {self._folder / LOG}; "
            "`postfix-lab down` and `postfix-lab up` make a new one."
        )


def is_standing(folder: Path, found: LabRecord) -> bool:
    """Return whether the process in the record is alive and listens in that folder: a record alone may be forged.

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
    """Yield a path to the socket that fits into sockaddr_un (unix(7): 108 octets), for any depth of the folder."""
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)

"""Frames of the lab's own connections: one JSON object a line, of bounded length.

A request is `{"id": 7, "verb": "run", "arguments": {...}}`. It is answered with `{"id": 7, "value": ...}` or
`{"id": 7, "error": {"message": ...}}`; parts of the value may come before, `{"id": 7, "part": ...}`. An error whose
id is null is about the connection: what came in was no request. `inside/mailhost/init.py` has a copy of these rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from io import BufferedIOBase
from typing import Any, NamedTuple

from postfix_lab.errors import InputError, LabError

MAX_LINE = 1 << 28
"""Octets of a line with its end: ten times what ten thousand sessions leave, and still no danger to the memory."""
NO_REQUEST = "a request is one line with a JSON object that has `id`, `verb` and `arguments`"


class LineTooLongError(LabError):
    """A line is longer than `MAX_LINE`; where the next one begins is unknown, so the connection is of no more use."""

    def __init__(self) -> None:
        super().__init__(f"a line is longer than {MAX_LINE} octets")


class Request(NamedTuple):
    """What one end asks of the other."""

    id: int | None
    verb: str
    arguments: dict[str, Any]


def encode(message: Mapping[str, object], default: Callable[[Any], Any] | None = None) -> bytes:
    """The line of a message; `default` makes JSON of values that are none. Raises `LineTooLongError`."""
    line = json.dumps(message, default=default).encode() + b"\n"
    if len(line) > MAX_LINE:
        raise LineTooLongError
    return line


def decode(line: bytes) -> dict[str, Any] | None:
    """The message of a line, or None if it is no object or its id is neither a number nor null."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("id"), int | None) else None


def read_request(line: bytes) -> Request:
    """The request of a line; raises `InputError` if it is none."""
    found = decode(line) or {}
    verb, arguments = found.get("verb"), found.get("arguments")
    if not isinstance(verb, str) or not isinstance(arguments, dict):
        raise InputError(NO_REQUEST)
    return Request(found.get("id"), verb, arguments)


def read_line(stream: BufferedIOBase) -> bytes:
    """The next line with its end, empty at the end of the stream; raises `LineTooLongError`."""
    line = stream.readline(MAX_LINE + 1)
    if len(line) > MAX_LINE:
        raise LineTooLongError
    return line


def error_fields(error: LabError) -> dict[str, object]:
    """An error as it crosses."""
    where = {"file": error.file, "line": error.line} if isinstance(error, InputError) else {}
    return {"message": str(error), "exit_code": error.exit_code, **where}


def error_from(fields: object) -> LabError:
    """The error that crossed; whatever else came instead is named in one."""
    if not isinstance(fields, dict) or not isinstance(fields.get("message"), str):
        return LabError(f"an error was reported without a message: {str(fields)[:80]!r}")
    if fields.get("exit_code") != InputError.exit_code:
        return LabError(fields["message"])
    found = InputError(fields["message"])
    found.file, found.line = fields.get("file"), fields.get("line")
    return found


class LineBuffer:
    """Puts lines together from octets as they arrive."""

    def __init__(self) -> None:
        self._octets = bytearray()
        self._searched = 0
        """Octets at the beginning in which there is no end of a line."""

    def add(self, octets: bytes) -> Iterator[bytes]:
        """The lines that are complete now, without their ends; raises `LineTooLongError`."""
        self._octets += octets
        while (end := self._octets.find(b"\n", self._searched)) >= 0:
            line = bytes(self._octets[:end])
            del self._octets[: end + 1]
            self._searched = 0
            yield line
        self._searched = len(self._octets)
        if self._searched >= MAX_LINE:
            self._octets.clear()
            self._searched = 0
            raise LineTooLongError

"""The control stream: requests to a container's main process, over the engine's attach connection.

Standard input and output need no published port and no mount, and work with a remote engine as well. Where the engine
runs on this machine, requests go to the same process through a UNIX socket in the container's own files, and the
attach connection only brings its standard error. The lines are those of `json_lines.py`.
"""

from __future__ import annotations

import contextlib
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from postfix_lab.engine.attach_frames import AttachFrames
from postfix_lab.errors import LabError
from postfix_lab.json_lines import LineBuffer, LineTooLongError, decode, encode, error_from
from postfix_lab.serialization import pause_gc
from postfix_lab.verbs import OBJECTS, Codec, Verb

_CHUNK = 1 << 18
_LINES = 12
"""Lines of standard error that an error message quotes at most."""
_LAST_WORDS = 2.0
"""Seconds to wait for the output of a container that has just ended."""


PartHandler = Callable[[Any], None]


class Stream:
    """Requests to one container; raises `LabError` if a reply does not come.

    They are answered one at a time, except requests with `aside`: the far end may answer such a request late and
    serves the others meanwhile.
    """

    def __init__(self, sock: socket.socket, name: str, owner: object = None) -> None:
        """`owner`: an object that closes the socket when it is collected; the stream keeps a reference."""
        self._sock = sock
        self._direct: socket.socket | None = None
        self._owner = owner
        self._name = name
        self._frames = AttachFrames()
        self._lines = LineBuffer()
        self._serial = 0
        self._in_turn = threading.Lock()
        self._state = threading.Condition()
        self._answers: dict[int, dict[str, Any] | None] = {}
        """The answer to each pending request; None until it comes."""
        self._hearers: dict[int, PartHandler | None] = {}
        self._reading = False
        self._closed = threading.Event()

    def ask(
        self,
        verb: Verb,
        given: tuple[object, ...],
        named: Mapping[str, object],
        codec: Codec = OBJECTS,
        limit: float = 60.0,
    ) -> Any:
        """Call that verb with these arguments; its value and parts are converted to the types that it declares."""
        arguments, tell = verb.arguments(given, named)
        hear = None if tell is None else lambda part: tell(verb.read_part(codec, part))
        return verb.read_value(codec, self.call(verb.name, arguments, limit=limit, aside=verb.aside, hear=hear))

    def call(
        self,
        verb: str,
        arguments: Mapping[str, object],
        *,
        limit: float = 60.0,
        aside: bool = False,
        hear: PartHandler | None = None,
    ) -> Any:
        """Send one request and return the value of its answer; `limit` in seconds. Several threads may call.

        `hear` is called with each part that comes before the value.
        """
        with contextlib.nullcontext() if aside else self._in_turn, self._state:
            serial = self._send(verb, arguments)
            self._hearers[serial] = hear
            try:
                message = self._answer(serial, limit)
            finally:
                del self._answers[serial], self._hearers[serial]
        if "error" in message:
            raise self._remote_error(message)
        return message.get("value")

    def use_direct_socket(self, sock: socket.socket) -> None:
        """Send requests through that socket from now on; its answers are not framed."""
        with self._in_turn:
            self._direct = sock

    def send(self, octets: bytes, what: str) -> None:
        """Send octets as they are; `what` ends the sentence "the container could not ..." if that fails."""
        try:
            (self._direct or self._sock).sendall(octets)
        except OSError as error:
            raise LabError(self._describe_loss(f"could not {what} ({error})")) from error

    def end(self) -> None:
        """Shut down the stream of a container that has ended, after a short wait for its last output."""
        if not self._closed.wait(_LAST_WORDS):
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; the far end then ends."""
        self._closed.set()
        if self._direct is not None:
            self._direct.close()
        self._sock.close()

    def _send(self, verb: str, arguments: Mapping[str, object]) -> int:
        line = encode({"id": self._serial + 1, "verb": verb, "arguments": arguments}, default=OBJECTS.write)
        self._serial += 1
        self._answers[self._serial] = None
        try:
            self.send(line, f"be asked to {verb}")
        except LabError:
            del self._answers[self._serial]
            raise
        return self._serial

    def _answer(self, serial: int, limit: float) -> dict[str, Any]:
        """Wait for the answer; one of the waiting threads reads for all."""
        deadline = time.monotonic() + limit
        while (message := self._answers[serial]) is None:
            if self._reading:
                if not self._state.wait(deadline - time.monotonic()):
                    raise LabError(self._describe_loss(f"did not answer within {limit:g} s"))
                continue
            self._reading = True
            self._state.release()
            try:
                data = self._read(deadline, limit)
            finally:
                self._state.acquire()
                self._reading = False
                self._state.notify_all()
            with pause_gc():
                self._feed(data)
        return message

    def _read(self, deadline: float, limit: float) -> bytes:
        line = self._direct or self._sock
        try:
            while line not in (ready := self._wait_readable(line, deadline)):
                if not ready:
                    raise LabError(self._describe_loss(f"did not answer within {limit:g} s"))
                self._read_engine_output()
            data = line.recv(_CHUNK)
        except (OSError, ValueError) as error:  # ValueError: closed by another thread
            raise LabError(self._describe_loss(f"broke off ({error})")) from error
        if not data:
            raise LabError(self._describe_loss("ended while it was asked something"))
        return data

    def _wait_readable(self, line: socket.socket, deadline: float) -> list[socket.socket]:
        """Return which of the two sockets can be read; empty after the deadline."""
        left = deadline - time.monotonic()
        return select.select({line, self._sock}, [], [], left)[0] if left > 0 else []

    def _read_engine_output(self) -> None:
        """Read standard error from the engine while answers come on the direct socket; raises `LabError` at its end."""
        if not (data := self._sock.recv(_CHUNK)):
            raise LabError(self._describe_loss("ended while it was asked something, or its engine did"))
        self._frames.add(data)

    def _feed(self, data: bytes) -> None:
        try:
            for line in self._lines.add(data if self._direct else self._frames.add(data)):
                self._receive(line)
        except LineTooLongError as error:
            raise LabError(self._describe_loss(f"sent what is no answer: {error}")) from error

    def _receive(self, line: bytes) -> None:
        message = decode(line)
        if message is None:  # root in the container can write to the main process's output.
            raise LabError(self._describe_loss(f"sent what is no answer: {line[:80]!r}"))
        serial = message.get("id")
        if serial is None and "error" in message:
            raise self._remote_error(message)
        if serial not in self._answers:  # The request has timed out.
            return
        if "part" not in message:
            self._answers[serial] = message
        elif hear := self._hearers[serial]:
            hear(message["part"])

    def _remote_error(self, message: dict[str, Any]) -> LabError:
        return LabError(f"{self._name} reports: {error_from(message['error'])}")

    def _read_last_words(self) -> None:
        """Read the remaining standard error of a container that is ending, if requests use the direct socket."""
        deadline = time.monotonic() + _LAST_WORDS
        while self._direct and select.select([self._sock], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not (data := self._sock.recv(_CHUNK)):
                return
            self._frames.add(data)

    def _describe_loss(self, what: str) -> str:
        with contextlib.suppress(OSError, ValueError):
            self._read_last_words()
        last = "\n".join(self._frames.errors.splitlines()[-_LINES:])
        return f"the container {self._name} {what}." + (f" Its last words:\n{last}" if last else " It said nothing.")

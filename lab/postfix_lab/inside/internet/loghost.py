"""The loghost: receives the mail hosts' syslog over TCP.

rsyslog's omfwd sends RFC 5424 lines (template RSYSLOG_SyslogProtocol23Format) in either framing
of RFC 6587. A line may contain anything that a client sent; an unreadable one is trouble, never an exception.
"""

from __future__ import annotations

import asyncio
import re
import time
from datetime import datetime
from typing import TYPE_CHECKING, cast

from postfix_lab.errors import LabError
from postfix_lab.postfix.log.syslog import SyslogLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket

MAX_FRAME = 1024 * 1024
_MAX_COUNT = 10
"""Digits and blank in front of an octet-counted frame."""

_LINE = re.compile(
    r"<(\d{1,3})>1 "
    r"(-|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) "
    r"(\S+) (\S+) (\S+) \S+ "
    r'(?:-|(?:\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\])+)'
    r"(?: ?(.*))?\Z",
    re.DOTALL,
)


def parse_rfc5424(line: str, peer: str, arrived: float = 0.0) -> SyslogLine:
    """Return one line as fields; raises `ValueError` if it is none. `arrived`: the time if the line has none.

    Structured data is skipped, and the one blank that rsyslog puts before the text.
    """
    found = _LINE.match(line)
    if not found:
        raise ValueError(f"no RFC 5424 line: {line[:200]!r}")
    priority, stamp, host, program, process, text = found.groups()
    return SyslogLine(
        at=arrived if stamp == "-" else datetime.fromisoformat(stamp).timestamp(),
        peer=peer,
        host="" if host == "-" else host,
        program="" if program == "-" else program,
        pid=int(process) if process.isdecimal() and process.isascii() else None,
        severity=int(priority) & 7,
        text=(text or "").removeprefix("\ufeff").removeprefix(" "),
    )


class FrameParser:
    """Splits octets into frames (RFC 6587): octet-counted if a frame begins with a digit, else up to LF."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, octets: bytes) -> list[bytes]:
        """Add octets; return the frames that are complete now. Raises `ValueError` if the framing is lost."""
        buffer = self._buffer + octets
        frames, start = [], 0
        while start < len(buffer):
            begin, end, following = _frame(buffer, start)
            if end > len(buffer) or end < 0:
                break
            frames.append(buffer[begin:end])
            start = following
        self._buffer = buffer[start:]
        if len(self._buffer) > MAX_FRAME + _MAX_COUNT:
            raise ValueError(f"a frame of more than {MAX_FRAME} octets")
        return frames

    @property
    def rest(self) -> bytes:
        """The incomplete frame at the end."""
        return self._buffer


def _frame(buffer: bytes, start: int) -> tuple[int, int, int]:
    """Return where the frame begins, where it ends (-1: not known yet), and where the next one begins."""
    if not 0x30 <= buffer[start] <= 0x39:  # noqa: PLR2004 - ASCII digits
        end = buffer.find(b"\n", start)
        return start, end, end + 1
    blank = buffer.find(b" ", start, start + _MAX_COUNT)
    count = buffer[start:blank]
    if blank < 0 and len(buffer) - start < _MAX_COUNT:
        return start, -1, start
    if blank < 0 or not count.isdigit() or int(count) > MAX_FRAME:
        raise ValueError(f"no octet count: {buffer[start : start + 40]!r}")
    end = blank + 1 + int(count)
    return blank + 1, end, end


class Loghost:
    """A syslog receiver in the running loop; every line is recorded when it arrives."""

    def __init__(
        self,
        record: Callable[[SyslogLine], None],
        trouble: Callable[[str], None],
        known: Callable[[str], bool] = lambda _: True,
    ) -> None:
        """`known`: whether lines are accepted from an address; a connection from any other is trouble."""
        self._record = record
        self._trouble = trouble
        self._known = known
        self._servers: list[asyncio.Server] = []
        self._senders: set[asyncio.Transport] = set()

    async def start(self, address: str, port: int = 514, listener: socket | None = None) -> int:
        """Listen at one more address, or on a `listener` that is open there already; return the port.

        Raises `LabError` if it cannot listen there.
        """
        loop = asyncio.get_running_loop()
        try:
            if listener is None:
                server = await loop.create_server(self._sender, address, port)
            else:
                server = await loop.create_server(self._sender, sock=listener)
        except OSError as error:
            raise LabError(f"cannot receive syslog at {address} port {port}: {error.strerror}") from error
        self._servers.append(server)
        return cast("int", server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Stop listening and drop all senders."""
        for server in self._servers:
            server.close()
        for transport in tuple(self._senders):
            transport.abort()
        self._servers.clear()

    def _sender(self) -> _Sender:
        return _Sender(self._record, self._trouble, self._known, self._senders)


class _Sender(asyncio.Protocol):
    """One mail host's connection."""

    def __init__(
        self,
        record: Callable[[SyslogLine], None],
        trouble: Callable[[str], None],
        known: Callable[[str], bool],
        senders: set[asyncio.Transport],
    ) -> None:
        self._record, self._trouble, self._known, self._senders = record, trouble, known, senders
        self._frames = FrameParser()
        self._peer = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._peer = transport.get_extra_info("peername")[0]
        self._senders.add(self._transport)
        if not self._known(self._peer):
            self._trouble(f"somebody at {self._peer}, which is no mail host, wanted to write the log")
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            frames = self._frames.feed(data)
        except ValueError as error:
            self._trouble(f"syslog from {self._peer}: {error}")
            self._frames = FrameParser()
            self._transport.abort()
            return
        for frame in frames:
            self._take(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a lost sender is no trouble
        self._senders.discard(self._transport)
        if self._frames.rest:
            self._trouble(f"syslog from {self._peer} broke off: {self._frames.rest[:200]!r}")

    def _take(self, frame: bytes) -> None:
        text = frame.decode("utf-8", "replace").rstrip("\r\n\0")
        if not text:
            return
        try:
            line = parse_rfc5424(text, self._peer, time.time())
        except ValueError as error:
            self._trouble(f"syslog from {self._peer}: {error}")
            return
        self._record(line)

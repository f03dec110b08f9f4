"""SMTP as octets: parse replies, encode messages. No I/O.

This module knows nothing of a session's stages, so it can be tested with any octets. Every error of a server is one
exception, `Malformed`; the session turns it into a value.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_REPLY = 65536
"""The largest reply in octets; RFC 5321 section 4.5.3.1.5 allows 512 for each line."""

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\Z", re.DOTALL)
_ENHANCED = re.compile(r"([245])\.[0-9]{1,3}\.[0-9]{1,3}(?= |\Z)")
_GREETING = 220
_BARE_LF = re.compile(rb"\r?\n")
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Malformed(Exception):
    """The server sent something that is no SMTP reply; the text says why."""


class RawReply(NamedTuple):
    """A reply whose lines still contain the enhanced code, if there is one."""

    code: int
    lines: tuple[str, ...]


class ReplyParser:
    """Parses replies from octets that arrive in any pieces (RFC 5321 section 4.2.1).

    postscreen(8) starts its greeting with `220-` and does not finish it for a client that sends a command too early:
    the next line is the reply to that command. So an unfinished greeting counts as the first reply.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._greeted = False
        self._lines: list[str] = []
        self._code = 0
        self._size = 0

    def feed(self, octets: bytes) -> None:
        """Append received octets; `next_reply` parses them."""
        self._buffer += octets

    def next_reply(self) -> RawReply | None:
        """The next complete reply, or None; after it has raised `Malformed` the parser cannot be used."""
        while (end := self._buffer.find(b"\n")) >= 0:
            line = self._buffer[:end].removesuffix(b"\r")
            if self._interrupts_greeting(line):
                return self._reply()
            self._buffer = self._buffer[end + 1 :]
            self._size += end + 1
            if self._size > MAX_REPLY:
                break
            if self._take(line):
                return self._reply()
        if self._size + len(self._buffer) > MAX_REPLY:
            raise Malformed(f"a reply of more than {MAX_REPLY} octets")
        return None

    @property
    def rest(self) -> bytes:
        """The octets of an incomplete reply."""
        return b"".join(line.encode() + b"\n" for line in self._lines) + self._buffer

    def _reply(self) -> RawReply:
        reply = RawReply(self._code, tuple(self._lines))
        self._lines, self._size, self._greeted = [], 0, True
        return reply

    def _interrupts_greeting(self, line: bytes) -> bool:
        """Whether this line is another reply, though the greeting is not complete."""
        begun = not self._greeted and bool(self._lines) and self._code == _GREETING
        return begun and _LINE.match(line) is not None and not line.startswith(b"220")

    def _take(self, line: bytes) -> bool:
        """Add one line; true if it is the reply's last."""
        found = _LINE.match(line)
        if not found:
            raise Malformed(f"no SMTP reply: {line[:80]!r}")
        code = int(found[1])
        if self._lines and code != self._code:
            raise Malformed(f"one reply with two codes, {self._code} and {code}")
        self._code = code
        self._lines.append((found[3] or b"").decode("utf-8", "replace"))
        return found[2] != b"-"


def split_enhanced(raw: RawReply) -> tuple[str | None, tuple[str, ...]]:
    """The enhanced code (RFC 3463) and the lines without it.

    The code is on every line of a reply (RFC 2034 section 4), and its class is the first digit of the reply code:
    `220 4.0.0.example` has none.
    """
    found = _ENHANCED.match(raw.lines[0])
    if not found or int(found[1]) != raw.code // 100:
        return None, raw.lines
    code = found[0]
    return code, tuple(
        line[len(code) + 1 :] if line == code or line.startswith(code + " ") else line for line in raw.lines
    )


def crlf(content: bytes) -> bytes:
    """The message with CRLF at the end of every line, the last one included; a bare CR is not changed."""
    lines = _BARE_LF.sub(b"\r\n", content)
    return lines if not lines or lines.endswith(b"\r\n") else lines + b"\r\n"


def dot_stuff(message: bytes) -> bytes:
    """The message, dot-stuffed and ended by the dot (RFC 5321 section 4.5.2); lines end in CRLF."""
    return _DOT.sub(b"..", message) + b".\r\n"

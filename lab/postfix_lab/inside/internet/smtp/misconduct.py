"""What a remote MTA does to the connection instead of replying."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from postfix_lab.smtp.answer import Oddity

if TYPE_CHECKING:
    from typing import Never

GARBAGE = b"\x00\xff\x1b[31m no reply \xf0\x9f\x92\xa5\r\n"
"""Control characters, a terminal escape and invalid UTF-8: reports must show none of it unescaped."""
_HALF = b"250-half of a re"
_GO_AHEAD = b"220 2.0.0 Ready to start TLS\r\n"
_AT_ONCE = struct.pack("@ii", 1, 0)


async def misbehave(oddity: Oddity, line: asyncio.Transport) -> None:
    """Do that on the connection; returns if the session may go on, raises `ConnectionResetError` if it is over."""
    match oddity:
        case Oddity.GARBAGE:
            line.write(GARBAGE)
        case Oddity.HANG:
            await _hang()
        case Oddity.SILENT_HANDSHAKE:
            line.write(_GO_AHEAD)
            await _hang()
        case Oddity.BAD_HANDSHAKE:
            line.write(_GO_AHEAD + GARBAGE)
            _end(line)
        case Oddity.CUT:
            line.write(_HALF)
            _end(line)
        case Oddity.DROP:
            _end(line)
        case Oddity.RESET:
            sock: socket.socket = line.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            line.abort()
            raise ConnectionResetError


async def _hang() -> Never:
    """Wait for ever; the task is cancelled when the client closes the connection or the world changes."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody has this future")


def _end(line: asyncio.Transport) -> Never:
    line.close()
    raise ConnectionResetError

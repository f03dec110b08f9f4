"""What a remote MTA does instead of replying: the deed, on the line itself."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import TYPE_CHECKING

from postfix_lab.smtp.answer import Oddity

if TYPE_CHECKING:
    from typing import Never

GARBAGE = b"\x00\xff\x1b[31m no reply \xf0\x9f\x92\xa5\r\n"
"""Control characters, a terminal's escape and what is no UTF-8: none of it may get anywhere unspelled."""
_HALF = b"250-half of a re"
_GO_AHEAD = b"220 2.0.0 Ready to start TLS\r\n"
_AT_ONCE = struct.pack("@ii", 1, 0)


async def misbehave(oddity: Oddity, line: asyncio.Transport) -> None:
    """Do that on the line; returns where the session may go on, raises `ConnectionResetError` where it is over."""
    match oddity:
        case Oddity.GARBAGE:
            line.write(GARBAGE)
        case Oddity.HANG:
            await _say_nothing()
        case Oddity.SILENT_HANDSHAKE:
            line.write(_GO_AHEAD)
            await _say_nothing()
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


async def _say_nothing() -> Never:
    """Until the other end hangs up, or the world changes: both cancel the session's task."""
    await asyncio.get_running_loop().create_future()
    raise AssertionError("nobody has this future")


def _end(line: asyncio.Transport) -> Never:
    line.close()
    raise ConnectionResetError

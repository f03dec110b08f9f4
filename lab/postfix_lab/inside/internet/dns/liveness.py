"""Checks whether the DNS still answers, as a mail host would: by a packet to its address.

The packet is a header without a question, to which a server replies FORMERR (RFC 1035 section 4.1.1). So nothing is
recorded, and no fault matches.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct

_HEADER = struct.Struct("!HHHHHH")


async def is_answering(address: str, port: int = 53, within: float = 1.0) -> bool:
    """Return whether the DNS at that address answers within that many seconds."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as line:
            line.setblocking(False)  # noqa: FBT003 - its only parameter
            line.connect((address, port))
            line.send(_HEADER.pack(secrets.randbits(16), 0, 0, 0, 0, 0))
            async with asyncio.timeout(within):
                return len(await asyncio.get_running_loop().sock_recv(line, 512)) >= _HEADER.size
    except OSError:  # Nothing listens there, or the timeout, which is an OSError as well.
        return False

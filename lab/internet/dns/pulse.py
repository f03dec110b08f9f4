"""Whether the fake DNS still answers, asked as a mail host would ask: by a packet to its address.

The packet is a header without a question, to which a server replies FORMERR (RFC 1035 section 4.1.1). So nothing is
recorded, and no fault is about it.
"""

from __future__ import annotations

import asyncio
import secrets
import struct

_HEADER = struct.Struct("!HHHHHH")


class _Ear(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:  # noqa: ARG002 - it is connected
        self._heard(well=len(data) >= _HEADER.size)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002 - nobody listens there
        self._heard(well=False)

    def _heard(self, *, well: bool) -> None:
        if not self.answered.done():
            self.answered.set_result(well)


async def beats(address: str, port: int = 53, within: float = 1.0) -> bool:
    """Whether the DNS at that address answers in time."""
    loop = asyncio.get_running_loop()
    transport, ear = await loop.create_datagram_endpoint(_Ear, remote_addr=(address, port))
    try:
        transport.sendto(_HEADER.pack(secrets.randbits(16), 0, 0, 0, 0, 0))
        return await asyncio.wait_for(ear.answered, within)
    except TimeoutError:
        return False
    finally:
        transport.close()

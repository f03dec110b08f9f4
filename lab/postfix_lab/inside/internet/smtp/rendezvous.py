"""Sessions that are held at the same time: how they come in, and where they wait for each other.

A listen queue that overflows leaves clients without an answer for ever: Linux drops the last packet of their
handshake, and an SMTP client has nothing to say that would be sent again. Postfix's queue has room for
`default_process_limit` (100), so no more than `AT_ONCE` clients wait for their banner at a time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 64


class Meeting:
    """Over when each of the expected sessions has arrived or has left; who arrives later does not wait."""

    def __init__(self, expected: int) -> None:
        self._missing = expected
        self._waiting: list[Callable[[], object]] = []
        self._free = AT_ONCE
        self._outside: deque[asyncio.Future[None]] = deque()

    async def come_in(self, within: float) -> None:
        """Return when it is this session's turn to connect, or after so many seconds."""
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outside.append(turn)
        await asyncio.wait([turn], timeout=within)
        turn.cancel()

    def answered(self) -> None:
        """One that has come in has heard something, or never will: it is the next one's turn."""
        while self._outside:
            if not (turn := self._outside.popleft()).done():
                turn.set_result(None)
                return
        self._free += 1

    def arrive(self, go_on: Callable[[], object]) -> None:
        """One of them stands here; `go_on` is called when all do."""
        self._waiting.append(go_on)
        self.leave()

    def leave(self) -> None:
        """One of them is not to be waited for any longer."""
        self._missing -= 1
        if self._missing <= 0:
            waiting, self._waiting = self._waiting, []
            for go_on in waiting:
                go_on()

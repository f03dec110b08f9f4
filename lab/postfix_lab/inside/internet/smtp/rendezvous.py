"""Sessions that are held at the same time: who connects first, slots for connecting, and a meeting point.

Clients beyond the limit of a listen queue never get a reply: Linux drops the last packet of their
handshake, and an SMTP client sends nothing that would be repeated. Postfix's queue has room for
`default_process_limit` (100), so at most `AT_ONCE` clients wait for their banner at a time.

Clients that share an address connect one after another (`admission.py`). They lead, and the others connect when all of
them have: so all sessions are open at the same time, however long each of them is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 64


class Meeting:
    """Ends when each of the expected sessions has arrived or left; sessions that arrive later do not wait."""

    def __init__(self, expected: int, leaders: int = 0) -> None:
        """`leaders`: how many sessions connect before all others."""
        self._missing = expected
        self._leaders = leaders
        self._followers: list[asyncio.Future[None]] = []
        self._waiting: list[Callable[[], object]] = []
        self._free = AT_ONCE
        self._outside: deque[asyncio.Future[None]] = deque()

    async def acquire_slot(self, within: float) -> None:
        """Wait for a slot to connect, at most that many seconds."""
        self._lead()
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outside.append(turn)
        await asyncio.wait([turn], timeout=within)
        turn.cancel()

    async def await_leaders(self, within: float) -> None:
        """Wait until all leaders are about to connect, at most that many seconds."""
        if self._leaders > 0:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._followers.append(turn)
            await asyncio.wait([turn], timeout=within)

    def release_slot(self) -> None:
        """Pass the slot of a session that was answered or has ended to the next one."""
        while self._outside:
            if not (turn := self._outside.popleft()).done():
                turn.set_result(None)
                return
        self._free += 1

    def _lead(self) -> None:
        self._leaders -= 1
        if self._leaders <= 0:
            followers, self._followers = self._followers, []
            for turn in followers:
                turn.set_result(None)

    def arrive(self, go_on: Callable[[], object]) -> None:
        """Register a session that has arrived; `go_on` is called when all have."""
        self._waiting.append(go_on)
        self.leave()

    def leave(self) -> None:
        """Do not wait for one of the sessions any longer."""
        self._missing -= 1
        if self._missing <= 0:
            waiting, self._waiting = self._waiting, []
            for go_on in waiting:
                go_on()

"""Sessions that are held at the same time: slots for connecting, and a meeting point.

Clients beyond the limit of a listen queue never get a reply: Linux drops the last packet of their
handshake, and an SMTP client sends nothing that would be repeated. Postfix's queue has room for
`default_process_limit` (100), so at most `AT_ONCE` clients wait for their banner at a time.

Clients that share an address connect one after another (`admission.py`). So that they are open at the same time all the
same, however short they are, no session of such a run goes on after its banner until all have connected.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

AT_ONCE = 64


class Meeting:
    """Ends when each of the expected sessions has arrived or left; sessions that arrive later do not wait."""

    def __init__(self, expected: int, *, together: bool = False) -> None:
        """`together`: whether each session waits with its first command until all have connected."""
        self._missing = expected
        self._unconnected = expected if together else 0
        self._held: list[Callable[[], object]] = []
        self._waiting: list[Callable[[], object]] = []
        self._free = AT_ONCE
        self._outside: deque[asyncio.Future[None]] = deque()

    async def acquire_slot(self, within: float) -> None:
        """Wait for a slot to connect, at most that many seconds."""
        self._unconnected = self._unconnected - 1 if self._free else 0  # More than can wait: nobody is held back.
        if self._unconnected <= 0:
            self._let_go()
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._outside.append(turn)
        await asyncio.wait([turn], timeout=within)
        turn.cancel()

    def when_connected(self, go_on: Callable[[], object]) -> None:
        """Call `go_on` when all sessions have connected, at once if they need not be together."""
        if self._unconnected > 0:
            self._held.append(go_on)
        else:
            go_on()

    def release_slot(self) -> None:
        """Pass the slot of a session that was answered or has ended to the next one."""
        while self._outside:
            if not (turn := self._outside.popleft()).done():
                turn.set_result(None)
                return
        self._free += 1

    def _let_go(self) -> None:
        held, self._held = self._held, []
        for go_on in held:
            go_on()

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

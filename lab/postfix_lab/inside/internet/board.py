"""The board: what is seen is pinned here as it comes, for whoever watches the Internet live.

It is apart from what a run records, which is cleared when the next one begins. It holds the last
few thousand; a reader who is slower than that gets a remark that says how many were dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque

from postfix_lab.dns.query import Query
from postfix_lab.inside.internet.protocol import News
from postfix_lab.postfix.log.syslog import SyslogLine

_KEPT = 4096
"""News that are held: some hundred sessions."""


class Board:
    """News in the order of their coming; several may read, each from where it was."""

    def __init__(self) -> None:
        self._news: deque[News] = deque(maxlen=_KEPT)
        self.number = 0
        """Of the newest."""
        self._waiting: list[asyncio.Future[None]] = []

    def pin(self, *, line: SyslogLine | None = None, query: Query | None = None, note: str = "") -> None:
        """Add one."""
        self.number += 1
        self._news.append(News(self.number, line, query, note))
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def after(self, number: int, within: float) -> list[News]:
        """What came after that number; waits up to `within` seconds for the first of it."""
        if self.number <= number:
            news = asyncio.get_running_loop().create_future()
            self._waiting.append(news)
            try:
                await asyncio.wait_for(news, within)
            except TimeoutError:
                return []
        return [*self._gap(number), *(news for news in self._news if news.number > number)]

    def _gap(self, number: int) -> list[News]:
        """A remark in the place of the news after that number that are not held any more, if there are any."""
        last = self.number - len(self._news)
        dropped = last - number
        text = f"{dropped} of the news before this were dropped: no more than {_KEPT} are held."
        return [News(last, note=text)] if dropped > 0 else []

"""The board: the latest log lines and DNS questions, for live views such as `postfix-lab logs`.

It is separate from the record of a run, which is cleared when the next run begins. It keeps the last
few thousand; a slower reader gets a remark that says how many were dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque

from postfix_lab.dns.query import Query
from postfix_lab.inside.internet.protocol import News
from postfix_lab.postfix.log.syslog import SyslogLine

_KEPT = 4096
"""News that are kept: some hundred sessions."""


class Board:
    """News in the order of arrival; each reader continues from a number."""

    def __init__(self) -> None:
        self._news: deque[News] = deque(maxlen=_KEPT)
        self.number = 0
        """The number of the newest piece of news."""
        self._waiting: list[asyncio.Future[None]] = []

    def add(self, *, line: SyslogLine | None = None, query: Query | None = None, note: str = "") -> None:
        """Add a piece of news: a log line, a question or a remark."""
        self.number += 1
        self._news.append(News(self.number, line, query, note))
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait_after(self, number: int, within: float) -> list[News]:
        """Return the news after that number; waits up to `within` seconds for the first."""
        if self.number <= number:
            news = asyncio.get_running_loop().create_future()
            self._waiting.append(news)
            try:
                await asyncio.wait_for(news, within)
            except TimeoutError:
                return []
        return [*self._gap(number), *(news for news in self._news if news.number > number)]

    def _gap(self, number: int) -> list[News]:
        """Return a remark in place of the news after that number that were dropped, if any."""
        last = self.number - len(self._news)
        dropped = last - number
        text = f"{dropped} of the news before this were dropped: no more than {_KEPT} are held."
        return [News(last, note=text)] if dropped > 0 else []

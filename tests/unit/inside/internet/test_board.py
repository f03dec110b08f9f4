"""The board gives everybody all news from where he was, and wakes who waits."""

from __future__ import annotations

import asyncio

from postfix_lab.inside.internet.board import Board
from postfix_lab.inside.internet.protocol import News


def test_news_are_numbered_in_their_order() -> None:
    """Whoever was at a number gets what came after it."""
    board = Board()
    for text in ("a", "b", "c"):
        board.add(note=text)
    told = asyncio.run(board.wait_after(1, 0))
    assert [(news.number, news.note) for news in told] == [(2, "b"), (3, "c")]
    assert board.number == 3


def test_who_waits_is_woken() -> None:
    """All of them, by the first that comes."""

    async def wait() -> list[list[str]]:
        board = Board()
        readers = [asyncio.create_task(board.wait_after(0, 10)) for _ in range(2)]
        await asyncio.sleep(0)
        board.add(note="now")
        return [[news.note for news in await reader] for reader in readers]

    assert asyncio.run(wait()) == [["now"], ["now"]]


def test_nothing_came() -> None:
    """The limit ends the wait with an empty list."""
    assert asyncio.run(Board().wait_after(0, 0.01)) == []


def test_a_reader_who_is_too_slow() -> None:
    """What is not held any more is counted, in a remark in its place; nobody else gets one."""
    board = Board()
    for number in range(5000):
        board.add(note=str(number))
    slow, *rest = asyncio.run(board.wait_after(100, 0))
    assert slow == News(904, note="804 of the news before this were dropped: no more than 4096 are held.")
    assert [news.number for news in rest] == list(range(905, 5001))
    assert [news.number for news in asyncio.run(board.wait_after(904, 0))] == list(range(905, 5001))

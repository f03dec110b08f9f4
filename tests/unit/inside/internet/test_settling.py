"""A run is over when all of its mail is, and waits no longer than that."""

from __future__ import annotations

import asyncio

import pytest

from postfix_lab.inside.internet.settling import await_rest
from tests.unit.postfix.log.log_script import HOST, book_of, lines

LIMIT = 0.2
PICKED = "postfix/pickup[1]: 4BBBB12345: uid=0 from=<a@b.example>"
QUEUED = "postfix/qmgr[2]: 4BBBB12345: from=<a@b.example>, size=4, nrcpt=1 (queue active)"
GONE = "postfix/qmgr[2]: 4BBBB12345: removed"
NOTICE = "postfix/cleanup[3]: 4CCCC12345: message-id=<4CCCC12345@mx.lab.test>"


def rest(*script: str, later: str = "", peers: tuple[str, ...] = (HOST,)) -> tuple[list[str], list[float]]:
    """What is missing, and the seconds that were waited in vain; `later` arrives during the first wait."""
    book = book_of(*script) if script else book_of()
    waits: list[float] = []

    async def wait_until(true: object, limit: float) -> bool:
        assert callable(true)
        if not true() and later and not waits:
            book.add(lines(later)[0])
        if not true():
            waits.append(limit)
        return bool(true())

    return asyncio.run(await_rest(book, peers, wait_until, LIMIT)), waits


@pytest.mark.parametrize("script", [(), (PICKED, QUEUED, GONE), (PICKED, "postfix/cleanup[3]: 4BBBB12345: milter-reject: END-OF-MESSAGE from x[127.0.0.1]: 5.7.1 no")])
def test_nothing_is_left(script: tuple[str, ...]) -> None:
    """Nothing is waited for."""
    assert rest(*script) == ([], [])


def test_what_was_picked_up_has_an_end() -> None:
    """Which is waited for, at this mail host alone."""
    assert rest(PICKED, QUEUED, later=GONE) == ([], [])
    missing, waits = rest(PICKED, QUEUED)
    assert (missing, waits) == ([f"the log of the mail with queue ids 4BBBB12345 was not complete after {LIMIT} s"], [LIMIT])
    assert rest(PICKED, QUEUED, peers=("192.0.2.99",)) == ([], [])


def test_notice_is_waited_for_and_not_missed() -> None:
    """Whether it was only begun, as for NOTIFY=NEVER, or is on its way."""
    assert rest(NOTICE) == ([], [LIMIT])
    assert rest(NOTICE, QUEUED.replace("4BBBB", "4CCCC")) == ([], [LIMIT, LIMIT])
    assert rest(NOTICE, QUEUED.replace("4BBBB", "4CCCC"), later=GONE.replace("4BBBB", "4CCCC")) == ([], [])


def test_file_that_could_not_be_written_is_given_up() -> None:
    """cleanup(8) says both, the second after smtpd's last line; another process's word is about another file."""
    full = "postfix/cleanup[3]: warning: 4CCCC12345: write queue file: No space left on device"
    given_up = "postfix/cleanup[3]: warning: mail_stream_cleanup: close error"
    assert rest(NOTICE, full, later=given_up) == ([], [LIMIT])  # the notice itself has no end
    assert rest(NOTICE, full, given_up) == ([], [LIMIT])
    assert rest(NOTICE, full, given_up.replace("[3]", "[4]")) == ([], [LIMIT, LIMIT])
    assert rest(full, peers=("192.0.2.99",)) == ([], [])

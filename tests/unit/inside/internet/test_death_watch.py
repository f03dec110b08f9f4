import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.inside.internet.death_watch import DeathWatch
from postfix_lab.inside.internet.smtp.client_connection import ClientConnection
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.postfix.log.daemon_death import GONE
from postfix_lab.smtp.dialogue import Command, Dialogue
from tests.unit.evidence_builder import log_of

BANNER = b"220 mx.lab.test ESMTP\r\n"
EHLO = Dialogue((Command("EHLO mail.good.example", "HELO"),))
(DEATH,) = log_of("smtpd: fatal: no SASL authentication mechanisms")
PEER = DEATH.peer
"""Whose lines these are."""
Serve = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.mark.parametrize("before", [True, False])
async def test_whoever_waits_for_the_dead_is_hurried(serve: Serve, before: bool) -> None:
    """Both who waits already and who comes later has seconds, not his own limit, and learns why."""
    watch = DeathWatch(0.1, {PEER})

    def opened(line: ClientConnection) -> None:
        watch.add_connection(line)
        asyncio.get_running_loop().call_later(0, watch.check_line, DEATH)

    if before:
        watch.check_line(DEATH)
    async with serve(BANNER, b"") as server:
        transcript = await converse("127.0.0.2", "127.0.0.1", server.port, EHLO, timeout=20, opened=opened)
    assert transcript.ended == "timeout"
    assert transcript.error is not None
    assert "within 0.1 s, and the log says: postfix/smtpd: fatal: no SASL" in transcript.error


@pytest.mark.parametrize(
    "text, seconds, peer",
    [
        ("smtpd: fatal: no SASL authentication mechanisms", 0.0, PEER),
        ("smtpd: fatal: no SASL authentication mechanisms", 1.0, "192.0.2.26"),
        ("smtpd: warning: connect to Milter service unix:/a: No such file or directory", 1.0, PEER),
    ],
)
def test_nobody_else_is(text: str, seconds: float, peer: str) -> None:
    """Not where it was not asked for, not by another mail host's log, not by a warning."""
    watch = DeathWatch(seconds, {peer})
    watch.check_line(*log_of(text))
    assert (watch.died, watch.deadline) == ("", float("inf"))


def test_nothing_comes_behind_the_end_of_master() -> None:
    """Killed, it says nothing; the mail host's first process does, and that hurries whoever waits, asked for or not."""
    watch, its_line = DeathWatch(0.0, {PEER}), replace(DEATH, program="postfix-lab", text=f"{GONE} /dev/log")
    for line in (DEATH, replace(its_line, program="postfix/smtpd"), replace(its_line, text=f"mark {GONE}")):
        watch.check_line(line)
    assert watch.died == ""

    async def left() -> float:
        watch.check_line(its_line)
        return watch.deadline - asyncio.get_running_loop().time()

    assert 0 < asyncio.run(left()) <= 1.0
    assert watch.died == f"postfix-lab: {GONE} /dev/log"


def test_server_that_cannot_start() -> None:
    """master(8) starts none for a minute: who waits is told within seconds, asked for or not."""
    watch = DeathWatch(0.0, {PEER})

    async def left() -> float:
        watch.check_line(*log_of("master: warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling"))
        return watch.deadline - asyncio.get_running_loop().time()

    assert 1.0 < asyncio.run(left()) <= 5.0
    assert watch.died == "postfix/master: warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling"


def test_master_gives_up() -> None:
    """master(8) says it in a warning."""
    from postfix_lab.postfix.log.daemon_death import is_death

    assert is_death(*log_of("master: warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling"))
    assert is_death(*log_of("smtpd: warning: connect #1 to subsystem private/rewrite: Connection refused"))
    assert not is_death(*log_of("smtpd: connect from unknown[203.0.113.9]"))

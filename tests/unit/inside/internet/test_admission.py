"""Clients of one address are let in one after another, and nobody waits for a line that does not come."""

from __future__ import annotations

import asyncio

import pytest

from postfix_lab.inside.internet.admission import Admission
from postfix_lab.postfix.log import LogBook
from postfix_lab.postfix.log.session_ties import Visit
from tests.unit.postfix.log.log_script import HOST, lines
from tests.unit.postfix.log.sessions import ADDRESS, spoken

OTHER, V6 = "203.0.113.10", "2001:db8::9"


class Gate(Admission):
    """The admission to one mail host."""

    def __init__(self, patience: float = 60.0) -> None:
        super().__init__({HOST: HOST, "2001:db8::21": HOST}, patience)
        self._book = LogBook(self.add_log)

    def read(self, pid: int, address: str = ADDRESS) -> None:
        """Read that smtpd has taken a client."""
        for line in lines(f"postfix/smtpd[{pid}]: connect from unknown[{address}]"):
            self._book.add(line)


async def entered(gate: Gate, count: int, within: float = 60.0) -> list[asyncio.Task[Visit | None]]:
    """That many clients of one address, each of which is in or waits."""
    tasks = [asyncio.ensure_future(gate.enter(ADDRESS, HOST, within)) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


async def inside(tasks: list[asyncio.Task[Visit | None]]) -> int:
    """How many are in."""
    await asyncio.sleep(0)
    return sum(task.done() for task in tasks)


async def test_the_next_one_comes_in_when_the_log_has_the_one_before() -> None:
    """In their order, one for each line."""
    gate = Gate()
    tasks = await entered(gate, 3)
    assert await inside(tasks) == 1
    for number in (2, 3):
        gate.read(number)
        assert await inside(tasks) == number
    gate.read(9)
    visits = [task.result() for task in tasks]
    assert [visit and visit.log and visit.log.pid for visit in visits] == [2, 3, 9]


async def test_others_do_not_wait() -> None:
    """Clients of other addresses, sessions with others than a mail host, and one that is alone."""
    gate = Gate()
    await entered(gate, 2)
    for client, server in ((OTHER, HOST), (V6, "2001:db8::21"), (ADDRESS, "203.0.113.99")):
        visit = await asyncio.wait_for(gate.enter(client, server, 60.0), 1)
        assert (visit is None) == (server == "203.0.113.99")


@pytest.mark.parametrize("ended", ["refused", None, "closed"])
async def test_nobody_waits_for_one_that_smtpd_may_not_have_seen(ended: str | None) -> None:
    """It could not connect, or was cut off before the first reply."""
    gate = Gate()
    tasks = await entered(gate, 2)
    first = tasks[0].result()
    assert first is not None
    gate.leave(first, spoken(1.0, ended=ended) if ended else None)  # type: ignore[arg-type]  # an ending
    assert await inside(tasks) == 2


async def test_one_that_was_answered_is_waited_for_though_it_is_over() -> None:
    """Its line is on the way."""
    gate = Gate()
    tasks = await entered(gate, 2)
    first = tasks[0].result()
    assert first is not None
    said = spoken(1.0, ("CONNECT", "220 mx"))
    gate.leave(first, said)
    assert (await inside(tasks), gate.log_of(said)) == (1, None)
    gate.read(7)
    session = gate.log_of(said)
    assert (await inside(tasks), session and session.pid) == (2, 7)


async def test_after_some_seconds_all_come_in() -> None:
    """Until a line comes again nobody waits any more; then one after another, as before."""
    gate = Gate(patience=0.01)
    tasks = await entered(gate, 3)
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert await inside(await entered(gate, 1)) == 1
    for pid in range(4):
        gate.read(pid)
    assert await inside(await entered(gate, 2)) == 1


async def test_half_of_a_sessions_limit_is_enough_waiting() -> None:
    """Also while the log goes on, line by line."""
    tasks = await entered(Gate(), 3, within=0.01)
    await asyncio.wait_for(asyncio.gather(*tasks), 5)


async def test_a_line_in_time_is_a_new_beginning() -> None:
    """The seconds count from the last line about the address."""
    gate, loop = Gate(patience=0.1), asyncio.get_running_loop()
    tasks = await entered(gate, 4)
    await asyncio.wait(tasks[1:], timeout=0.03)
    gate.read(2)
    begun = loop.time()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)
    assert loop.time() - begun >= 0.099


async def test_when_a_daemon_has_died_nobody_waits() -> None:
    """Those who wait come in at once, and later ones as well."""
    gate = Gate()
    tasks = await entered(gate, 3)
    gate.suspend(suspended=True)
    assert await inside(tasks) == 3
    assert await inside(await entered(gate, 2)) == 2
    gate.suspend(suspended=False)
    assert await inside(await entered(gate, 2)) == 0


async def test_a_new_run_begins_anew() -> None:
    """Transcripts are forgotten, and nobody waits for what an earlier run left open."""
    gate = Gate()
    (task,) = await entered(gate, 1)
    visit, said = task.result(), spoken(1.0, ("CONNECT", "220 mx"))
    assert visit is not None
    gate.leave(visit, said)
    gate.clear()
    gate.read(7)
    assert gate.log_of(said) is None
    assert await inside(await entered(gate, 1)) == 1

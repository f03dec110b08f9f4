import asyncio

from postfix_lab.inside.internet.smtp.rendezvous import AT_ONCE, Meeting


def test_over_when_all_are_there() -> None:
    """Who arrives waits for those who have neither arrived nor left; afterwards nobody waits."""
    meeting, gone_on = Meeting(3), []
    meeting.arrive(lambda: gone_on.append("first"))
    meeting.leave()
    assert gone_on == []
    meeting.arrive(lambda: gone_on.append("last"))
    assert gone_on == ["first", "last"]
    meeting.arrive(lambda: gone_on.append("late"))
    assert gone_on[-1] == "late"


async def test_so_many_come_in_at_a_time() -> None:
    """The next one comes in when one of them was answered."""
    meeting = Meeting(AT_ONCE + 2)
    for _ in range(AT_ONCE):
        await meeting.acquire_slot(0)
    waiting = [asyncio.ensure_future(meeting.acquire_slot(5)) for _ in range(2)]
    await asyncio.wait(waiting, timeout=0.01)
    assert not any(task.done() for task in waiting)
    meeting.release_slot()
    await asyncio.wait_for(waiting[0], 1)
    assert not waiting[1].done()
    meeting.release_slot()
    await asyncio.wait_for(waiting[1], 1)


async def test_who_waited_long_enough_comes_in_all_the_same() -> None:
    """A server that answers nobody is found out by each session itself; its place is not given away twice."""
    meeting = Meeting(AT_ONCE + 1)
    for _ in range(AT_ONCE):
        await meeting.acquire_slot(0)
    await meeting.acquire_slot(0.01)
    meeting.release_slot()
    await asyncio.wait_for(meeting.acquire_slot(5), 1)


async def test_sessions_that_are_together_go_on_when_all_have_connected() -> None:
    """Not before the last one; who comes later goes on at once, and so do sessions that need not be together."""
    meeting, gone_on = Meeting(2, together=True), []
    await meeting.acquire_slot(5)
    meeting.when_connected(lambda: gone_on.append("first"))
    assert gone_on == []
    await meeting.acquire_slot(5)
    assert gone_on == ["first"]
    meeting.when_connected(lambda: gone_on.append("second"))
    Meeting(2).when_connected(lambda: gone_on.append("alone"))
    assert gone_on == ["first", "second", "alone"]


async def test_more_than_can_wait_are_not_held_back() -> None:
    """Else those that were answered would wait for those that have no slot, and these for the others to end."""
    meeting, gone_on = Meeting(AT_ONCE + 2, together=True), []
    for _ in range(AT_ONCE):
        await meeting.acquire_slot(0)
    meeting.when_connected(lambda: gone_on.append("first"))
    assert gone_on == []
    await meeting.acquire_slot(0.01)
    assert gone_on == ["first"]

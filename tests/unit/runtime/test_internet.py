"""The Internet as the lab's process sees it, asked without a container: an agent that was never started answers."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from postfix_lab.dns.zone import ZoneText
from postfix_lab.engine.container import Container
from postfix_lab.engine.control_stream import Stream
from postfix_lab.errors import LabError
from postfix_lab.inside.internet.agent import Agent
from postfix_lab.inside.internet.protocol import DnsView, News
from postfix_lab.inside.internet.request import serve
from postfix_lab.runtime.internet import Internet


@pytest.fixture
def internet() -> Iterator[Internet]:
    """An Internet whose agent runs in a thread."""
    (near, far), (attached, engine) = socket.socketpair(), socket.socketpair()
    stream = Stream(attached, "box")
    stream.use_direct_socket(near)

    async def answer() -> None:
        reader, writer = await asyncio.open_connection(sock=far)
        await serve(Agent(), reader, writer.transport)
        writer.close()

    thread = threading.Thread(target=asyncio.run, args=(answer(),))
    thread.start()
    found = Internet.__new__(Internet)
    found.container = cast("Container", SimpleNamespace(stream=stream))
    yield found
    stream.close()
    thread.join()
    engine.close()


def test_values_come_back_as_their_types(internet: Internet) -> None:
    """Numbers, lists of values, truth, and nothing."""
    internet.note("one")
    assert internet.latest() == 1
    assert internet.news(0, 1.0) == [News(1, note="one")]
    assert internet.barrier("nothing", 1, limit=0.0) is False
    assert internet.sighting().other_log == ()


def test_a_run_without_sessions(internet: Internet) -> None:
    """It ends at once, with nothing seen."""
    seen = internet.run([], limit=1.0)
    assert (seen.transcripts, seen.logs, seen.trouble) == ((), (), ())


def test_what_goes_wrong_in_the_agent(internet: Internet) -> None:
    """Is an error here, which names the verb."""
    with pytest.raises(LabError, match=r"box reports: set_world: InputError: z:1: FOO is not a record type"):
        internet.set_world([DnsView((ZoneText("x FOO", "z", "lab.test"),))], ())

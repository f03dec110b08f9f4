"""The fake DNS's pulse: heard while it answers, and silent when it is gone, without a trace in what is recorded."""

from __future__ import annotations

import asyncio
import socket

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.query import Query
from postfix_lab.inside.internet.dns.dns_server import DnsServer
from postfix_lab.inside.internet.dns.liveness import is_answering
from postfix_lab.inside.internet.protocol import DnsView

HERE = ("127.0.0.1", "::1")


def test_answers_whatever_the_world_says() -> None:
    """A fault is about questions, and the pulse asks none; nothing is recorded."""
    recorded: list[Query] = []

    async def listen() -> list[str]:
        server = DnsServer(recorded.append)
        await server.start(0)
        await server.serve([DnsView(faults=(Fault("*", FaultKind.TIMEOUT),), resolvers=HERE)])
        deaf = await server.silent_resolvers()
        server.close()
        return deaf

    assert asyncio.run(listen()) == []
    assert recorded == []


def test_gone_and_back() -> None:
    """Closed, each address is named; started again, none is, and the world is as it was."""

    async def come_and_go() -> tuple[list[str], list[str]]:
        server = DnsServer(lambda _: None)
        await server.start(0)
        await server.serve([DnsView(resolvers=HERE)])
        server.close()
        gone = await server.silent_resolvers()
        await server.start(server.port)
        back = await server.silent_resolvers()
        server.close()
        return gone, back

    assert asyncio.run(come_and_go()) == (list(HERE), [])


def test_silence() -> None:
    """Somebody who has the port and says nothing does not answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        assert asyncio.run(is_answering("127.0.0.1", mute.getsockname()[1], within=0.02)) is False

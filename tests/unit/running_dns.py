"""A DNS server on loopback in a thread of its own, and a client made of plain sockets and dnslib."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from dnslib import EDNS0, DNSRecord

from postfix_lab.dns.fault import Fault
from postfix_lab.dns.query import Query
from postfix_lab.dns.zone import ZoneText
from postfix_lab.inside.internet.dns.dns_server import DnsServer
from postfix_lab.inside.internet.protocol import DnsView

RESOLVERS = ("127.0.0.1", "127.0.0.2", "::1")
LIMIT = 30.0


class RunningDns:
    """The server seen from outside: what is served, what it recorded, and how to ask it."""

    def __init__(self) -> None:
        self.queries: list[Query] = []
        self._news = threading.Condition()
        self.trouble: list[str] = []
        self._server = DnsServer(self._record, self.trouble.append)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._server.start(0), self._loop).result(LIMIT)

    def _record(self, query: Query) -> None:
        with self._news:
            self.queries.append(query)
            self._news.notify_all()

    def heard(self, count: int) -> None:
        """Return when so many questions were recorded."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.queries) >= count, LIMIT)

    def idle(self) -> None:
        """Return when the server has read what was there: it reads all of it in one turn of its loop."""
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop).result(LIMIT)

    def serve(self, *zones: ZoneText | str, faults: Sequence[Fault] = (), resolvers: Sequence[str] = RESOLVERS) -> None:
        texts = [z if isinstance(z, ZoneText) else ZoneText(z, origin="lab.test") for z in zones]
        self.show(DnsView(tuple(texts), tuple(faults), tuple(resolvers)))

    def show(self, *views: DnsView) -> None:
        """Serve these views."""

        async def swap() -> None:
            await self._server.serve(views)

        asyncio.run_coroutine_threadsafe(swap(), self._loop).result(LIMIT)

    @contextmanager
    def busy(self, octets: int) -> Iterator[None]:
        """Meanwhile the server reads nothing, and its UDP sockets have room for so many octets."""
        listening = self._server._listening
        assert listening is not None
        for sock in listening._sockets.udp:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, octets)
        over = threading.Event()
        self._loop.call_soon_threadsafe(over.wait, LIMIT)
        yield
        over.set()

    def connect(self, address: str = "127.0.0.1", *, tcp: bool = False) -> socket.socket:
        """A connected socket: it receives nothing but what comes from the address that it asks."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        sock.settimeout(LIMIT)
        sock.connect((address, self._server.port))
        return sock

    def ask(self, name: str, rtype: str = "A", address: str = "127.0.0.1", *, tcp: bool = False, edns: int = 0) -> Any:
        """The parsed reply to one question."""
        with self.connect(address, tcp=tcp) as sock:
            tell(sock, question(name, rtype, edns).pack())
            return DNSRecord.parse(hear(sock))

    def close(self) -> None:
        async def stop() -> None:
            self._server.close()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(LIMIT)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT)
        self._loop.close()


def question(name: str, rtype: str = "A", edns: int = 0) -> Any:
    asked = DNSRecord.question(name, rtype)
    if edns:
        asked.add_ar(EDNS0(udp_len=edns))
    return asked


def tell(sock: socket.socket, packet: bytes) -> None:
    sock.sendall(packet if sock.type == socket.SOCK_DGRAM else struct.pack("!H", len(packet)) + packet)


def hear(sock: socket.socket) -> bytes:
    """The next packet; TimeoutError when none comes."""
    if sock.type == socket.SOCK_DGRAM:
        return sock.recv(65535)
    (length,) = struct.unpack("!H", sock.recv(2, socket.MSG_WAITALL))
    return sock.recv(length, socket.MSG_WAITALL)


@pytest.fixture
def dns() -> Iterator[RunningDns]:
    running = RunningDns()
    yield running
    running.close()


@pytest.fixture(name="question")
def _question() -> Any:
    return question


@pytest.fixture(name="tell")
def _tell() -> Any:
    return tell


@pytest.fixture(name="hear")
def _hear() -> Any:
    return hear

"""A server with a script on loopback: it says what it is told to."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

import pytest


@dataclass
class Scripted:
    """What the server heard, and where it listens."""

    port: int = 0
    heard: bytes = b""
    clients: list[tuple[str, int]] = field(default_factory=list)
    end: "asyncio.Future[str]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


Serve = Callable[..., AbstractAsyncContextManager[Scripted]]
HANG_UP = None


@pytest.fixture
def full_backlog() -> Iterator[int]:
    """A port that answers no SYN any more: its queue of connections is full."""
    with socket.socket() as listener, socket.socket() as first:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        first.connect(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.fixture
def serve() -> Serve:
    """`serve(banner, reply...)`: something is heard before each reply; `HANG_UP` closes at once."""

    @asynccontextmanager
    async def serving(
        *replies: bytes | None, address: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> AsyncIterator[Scripted]:
        script = Scripted()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            script.clients.append(writer.get_extra_info("peername")[:2])
            try:
                end = await _play(replies, reader, writer, script)
            except OSError as error:
                end = type(error).__name__
            finally:
                writer.close()
            script.end.set_result(end)

        server = await asyncio.start_server(talk, address, 0, ssl=tls)
        script.port = server.sockets[0].getsockname()[1]
        yield script
        server.close()

    return serving


async def _play(
    replies: tuple[bytes | None, ...], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, script: Scripted
) -> str:
    for number, reply in enumerate(replies):
        if reply is HANG_UP:
            return "hung up"
        if number:
            script.heard += await reader.read(65536)
        writer.write(reply)
    while rest := await reader.read(65536):
        script.heard += rest
    return "eof"

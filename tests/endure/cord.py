"""The cord between a lab and its engine, which can be cut: to the lab, the engine has died.

A process of its own listens at a UNIX socket and passes everything on to the engine's; killed as nobody can
catch it, it takes every connection with it and refuses new ones, as a dead engine does. Other labs on the
same engine notice nothing. (`make outages` kills a real dockerd.)
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from postfix_lab.engine.client import Engine
from postfix_lab.paths import ROOT


class Cord:
    """A way to the engine that lasts until it is cut."""

    def __init__(self, engine: Engine, place: Path) -> None:
        self.url = f"unix://{place}"
        command = [sys.executable, "-m", "tests.endure.cord", str(place), engine.url.removeprefix("unix://")]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"

    def cut(self) -> None:
        """Cut it, for good."""
        self._process.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextlib.contextmanager
def cord(engine: Engine, folder: Path) -> Iterator[Cord]:
    """A cord that is cut at the end, if it has not been before."""
    tied = Cord(engine, folder / "engine.sock")
    try:
        yield tied
    finally:
        tied.cut()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while octets := await reader.read(1 << 16):
            writer.write(octets)
            await writer.drain()
        writer.write_eof()  # The other direction goes on: an attached container still talks.


async def _serve(place: str, engine: str) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_unix_connection(engine)
        await asyncio.gather(_pass_on(reader, forth), _pass_on(back, writer))
        for end in (writer, forth):
            end.close()

    server = await asyncio.start_unix_server(connected, place)
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(*sys.argv[1:]))

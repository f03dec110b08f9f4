"""The Internet's main process: DNS, senders, peers, sink and loghost on one event loop and one clock.

One JSON line in, one JSON line out. Everything that is seen is recorded with its time; a `run`
speaks its sessions, waits until the log says that each of them is over, and hands back all of it.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from lab import wire
from lab.addresses import GATEWAY4, GATEWAY6, LOGHOST, SINK
from lab.internet.dns.fault import Fault
from lab.internet.dns.query import Query
from lab.internet.dns.server import DnsServer
from lab.internet.dns.zone import ZoneText
from lab.internet.loghost import Loghost
from lab.internet.news import Board
from lab.internet.order import AGENT_SOCKET, PeerOrder, SessionOrder, Sighting
from lab.internet.smtp.behaviour import Received
from lab.internet.smtp.peer import Peer, Sink
from lab.internet.smtp.session import converse
from lab.internet.smtp.transcript import Transcript
from lab.internet.syslog import SyslogLine
from lab.internet.watch import Watch
from lab.mailhost.log import LogBook, LogLine, SessionLog, parse

_Held = tuple[list[Transcript], list[str]]
_REQUEST = 1 << 26
"""Octets that a request may have."""
_ANY_ADDRESS_IS_OURS = (
    "link set lo up",
    "route add local 0.0.0.0/0 dev lo table local",
    "route add local ::/0 dev lo table local",
)


class Agent:
    """Runs the world outside; each public coroutine is one request."""

    def __init__(self) -> None:
        self._queries: list[Query] = []
        self._lines: list[tuple[SyslogLine, LogLine]] = []
        self._messages: list[Received] = []
        self._forwarded: list[Transcript] = []
        self._trouble: list[str] = []
        self._book = LogBook()
        self._waiting: list[asyncio.Future[None]] = []
        self._mail_hosts: dict[str, str] = {}
        self._peers: dict[str, tuple[PeerOrder, Peer]] = {}
        self._board = Board()
        self._watch: Watch | None = None
        self._dns = DnsServer(self._query)
        self._loghost = Loghost(self._log, self._trouble.append)
        self._sink = Sink(SINK, "sink.lab.test", self._received, trouble=self._trouble.append)

    async def start(self) -> None:
        """Make every address local, then open DNS, loghost and sink."""
        _ip(*_ANY_ADDRESS_IS_OURS)
        await self._dns.start()
        await self._loghost.start(LOGHOST)
        await self._sink.start()

    async def route(self, device: str, addresses: list[str]) -> None:
        """The way to a mail host: its addresses are behind that cable, and it logs from the first of them."""
        self._mail_hosts.update(dict.fromkeys(addresses, addresses[0]))
        _ip(
            f"addr add {GATEWAY4}/32 dev {device}",
            f"addr add {GATEWAY6}/64 dev {device} nodad",
            f"link set {device} up",
            *(
                f"route add unicast {address}{'/128' if ':' in address else ''} dev {device} table local"
                for address in addresses
            ),
        )

    async def world(self, zones: Any, faults: Any, peers: Any, resolvers: list[str]) -> None:
        """Swap the whole world: zones, faults, the resolvers that answer, and the MTAs that listen."""
        await self._dns.serve(wire.from_json(list[ZoneText], zones), wire.from_json(list[Fault], faults), resolvers)
        wanted = {order.address: order for order in wire.from_json(list[PeerOrder], peers)}
        for address, (order, peer) in list(self._peers.items()):
            if wanted.get(address) != order:
                await peer.close()
                del self._peers[address]
        for address, order in wanted.items():
            if address not in self._peers:
                peer = Peer(
                    address,
                    order.behaviour,
                    order.hostname,
                    self._received,
                    trouble=self._trouble.append,
                    forwarded=self._forward,
                )
                await peer.start()
                self._peers[address] = order, peer

    async def run(self, sessions: Any, within: float, in_turn: bool, hurry: float) -> Any:
        """Speak these sessions, at once or one after the other, and return a `Sighting` of all that was seen."""
        orders = wire.from_json(list[SessionOrder], sessions)
        if not hurry:
            self._forget()
        peers = {self._mail_hosts.get(order.server, "") for order in orders}
        watch = self._watch = Watch(hurry, peers, [line for _, line in self._lines])
        self._dns.recount()
        groups = [[order] for order in orders] if in_turn else [orders]
        try:
            held = [await self._hold(group, within, watch) for group in groups]
        finally:
            self._watch = None
        missing = tuple(text for _, texts in held for text in texts)
        return wire.to_json(self._sighting(tuple(t for spoken, _ in held for t in spoken), missing))

    async def _hold(self, orders: Sequence[SessionOrder], limit: float, watch: Watch) -> _Held:
        """Speak these sessions at once, wait until all of them is logged, and say what did not come."""
        sent_on = len(self._forwarded)
        own = await asyncio.gather(
            *(
                converse(order.source, order.server, order.port, order.dialogue, timeout=limit, opened=watch.enlist)
                for order in orders
            )
        )
        missing = await self._forwards_done(own, sent_on, limit)
        spoken = [*own, *self._forwarded[sent_on:]]
        unnamed = {id(transcript) for transcript, order in zip(own, orders, strict=True) if not order.logged}
        mine = [t for t in spoken if t.server in self._mail_hosts and id(t) not in unnamed]
        missing += [text for transcript in mine if (text := await self._completed(transcript, limit))]
        return spoken, missing

    async def barrier(self, token: str, count: int, within: float) -> bool:
        """Whether `count` log lines with that text arrived: then everything before them has."""
        return await self._until(lambda: sum(token in line.text for line, _ in self._lines) >= count, within)

    async def seen(self) -> Any:
        """What was seen since the last run began or the last `clear`, without waiting."""
        return wire.to_json(self._sighting((), ()))

    async def clear(self) -> None:
        """Forget everything seen so far."""
        self._forget()

    async def news(self, after: int, within: float) -> Any:
        """What was seen after that number, of runs and of everybody else; waits for the first of it."""
        return wire.to_json(await self._board.after(after, within))

    async def latest(self) -> int:
        """The number of the newest of the news."""
        return self._board.number

    async def note(self, text: str) -> None:
        """A remark between the news."""
        self._board.pin(note=text)

    async def _forwards_done(self, transcripts: Sequence[Transcript], before: int, limit: float) -> list[str]:
        """Wait until the MTAs of the world have sent on what the clients handed to them."""
        relays = {address for address, (order, _) in self._peers.items() if order.behaviour.forward_to}
        accepted = sum(reply.positive for t in transcripts if t.server in relays for reply in t.replies("MESSAGE"))
        if await self._until(lambda: len(self._forwarded) - before + len(self._trouble) >= accepted, limit):
            return []
        sent_on = len(self._forwarded) - before
        return [f"of {accepted} messages to send on, {sent_on} were sent on within {limit:g} s"]

    async def _completed(self, transcript: Transcript, limit: float) -> str | None:
        hopeless = transcript.ended == "timeout" and self._watch is not None and self._watch.died
        if transcript.ended == "refused" or hopeless:
            return None
        queued = transcript.queue_ids

        def over() -> bool:
            session = self._log_of(transcript)
            return session is not None and session.finished(queued)

        if await self._until(over, limit):
            return None
        session = self._log_of(transcript)
        last = str(session.lines[-1]) if session and session.lines else "no line of it at all"
        died = f"when this had died: {self._watch.died}" if self._watch and self._watch.died else f"after {limit:g} s"
        return (
            f"the log of the session from {transcript.client} port {transcript.port} was not complete {died}"
            f" (queue ids {', '.join(queued) or 'none'}); the last that arrived: {last}"
        )

    def _log_of(self, transcript: Transcript) -> SessionLog | None:
        peer = self._mail_hosts.get(transcript.server)
        return self._book.session(transcript.client, transcript.port, peer=peer) if peer else None

    async def _until(self, true: Callable[[], bool], limit: float) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        while not true():
            news = loop.create_future()
            self._waiting.append(news)
            try:
                deadline = min(deadline, self._watch.deadline) if self._watch else deadline
                await asyncio.wait_for(news, deadline - loop.time())
            except TimeoutError:
                return true()
        return True

    def _sighting(self, transcripts: tuple[Transcript, ...], missing: tuple[str, ...]) -> Sighting:
        tied: set[int] = set()
        log = []
        for transcript in transcripts:
            session = self._log_of(transcript)
            own = {id(line) for line in session.lines} if session else set()
            tied |= own
            log.append(tuple(raw for raw, line in self._lines if id(line) in own))
        other = tuple(raw for raw, line in self._lines if id(line) not in tied)
        return Sighting(
            transcripts, tuple(log), other, tuple(self._queries), tuple(self._messages), (*missing, *self._trouble)
        )

    def _forget(self) -> None:
        self._queries.clear()
        self._lines.clear()
        self._messages.clear()
        self._forwarded.clear()
        self._trouble.clear()
        self._book.clear()

    def _query(self, query: Query) -> None:
        self._queries.append(query)
        self._board.pin(query=query)

    def _log(self, line: SyslogLine) -> None:
        parsed = parse(line)
        self._board.pin(line=line)
        if self._watch:
            self._watch.see(parsed)
        self._lines.append((line, parsed))
        self._book.add(parsed)
        self._news()

    def _received(self, message: Received) -> None:
        self._messages.append(message)
        self._news()

    def _forward(self, transcript: Transcript) -> None:
        self._forwarded.append(transcript)
        self._news()

    def _news(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)


def _ip(*lines: str) -> None:
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines).encode(), capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip -batch failed: {done.stderr.decode().strip()}")


async def _answer(agent: Agent, request: dict[str, Any]) -> dict[str, Any]:
    serial, do = request.pop("id"), request.pop("do")
    try:
        task: Callable[..., Awaitable[Any]] = getattr(agent, do)
        return {"id": serial, "value": await task(**request)}
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller has to hear of it
        return {"id": serial, "error": f"{do}: {type(error).__name__}: {error}"}


async def _serve(agent: Agent, reader: asyncio.StreamReader, writer: asyncio.WriteTransport) -> None:
    aside: set[asyncio.Task[None]] = set()

    async def answer(request: dict[str, Any]) -> None:
        writer.write(json.dumps(await _answer(agent, request)).encode() + b"\n")

    while line := await reader.readline():
        request = json.loads(line)
        if request["do"] == "news":  # Whoever waits for news must not hold up the others.
            task = asyncio.get_running_loop().create_task(answer(request))
            aside.add(task)
            task.add_done_callback(aside.discard)
        else:
            await answer(request)


async def main() -> None:
    """Serve requests until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_REQUEST)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    agent = Agent()
    await agent.start()
    await asyncio.start_unix_server(
        lambda asks, told: _serve(agent, asks, told.transport), AGENT_SOCKET, limit=_REQUEST
    )
    await _serve(agent, reader, transport)


if __name__ == "__main__":
    asyncio.run(main())

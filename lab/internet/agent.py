"""The Internet's main process: DNS, senders, peers, sink and loghost on one event loop and one clock.

One JSON line in, one JSON line out. Everything that is seen is recorded with its time; a `run`
speaks its sessions, waits until the log says that each of them is over, and hands back all of it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from lab import wire
from lab.addresses import LOGHOST, SINK
from lab.internet.dns.fault import Fault
from lab.internet.dns.query import Query
from lab.internet.dns.server import DnsServer
from lab.internet.dns.zone import ZoneText
from lab.internet.loghost import Loghost
from lab.internet.news import Board
from lab.internet.order import AGENT_SOCKET, PeerOrder, SessionOrder, Sighting
from lab.internet.routes import lead_to, own_every_address
from lab.internet.smtp.answer import Answered
from lab.internet.smtp.behaviour import Received
from lab.internet.smtp.peer import Sink
from lab.internet.smtp.peers import Ears, Peers
from lab.internet.smtp.session import converse
from lab.internet.smtp.transcript import Transcript
from lab.internet.syslog import SyslogLine
from lab.mailhost.log import LogBook, LogLine, SessionLog, parse

_REQUEST = 1 << 26
"""Octets that a request may have."""


class Agent:
    """Runs the world outside; each public coroutine is one request."""

    def __init__(self) -> None:
        self._queries: list[Query] = []
        self._lines: list[tuple[SyslogLine, LogLine]] = []
        self._messages: list[Received] = []
        self._forwarded: list[Transcript] = []
        self._trouble: list[str] = []
        self._book = LogBook()
        self._tried: dict[tuple[str, str], int] = {}
        self._spoken: tuple[Transcript, ...] = ()
        self._waiting: list[asyncio.Future[None]] = []
        self._mail_hosts: dict[str, str] = {}
        self._answered: list[Answered] = []
        self._board = Board()
        self._peers = Peers(Ears(self._received, self._forward, self._answered.append, self._trouble.append))
        self._dns = DnsServer(self._query)
        self._loghost = Loghost(self._log, self._trouble.append)
        self._eyes: dict[str, DnsServer | Loghost] = {"dns": self._dns, "loghost": self._loghost}
        self._sink = Sink(SINK, "sink.lab.test", self._received, trouble=self._trouble.append)

    async def start(self) -> None:
        """Make every address local, then open DNS, loghost and sink."""
        own_every_address()
        await self._dns.start()
        await self._loghost.start(LOGHOST)
        await self._sink.start()

    async def route(self, device: str, addresses: list[str]) -> None:
        """The way to a mail host: its addresses are behind that cable, and it logs from the first of them."""
        self._mail_hosts.update(dict.fromkeys(addresses, addresses[0]))
        lead_to(device, addresses)

    async def world(self, zones: Any, faults: Any, peers: Any, resolvers: list[str]) -> None:
        """Swap the whole world: zones, faults, the resolvers that answer, and the MTAs that listen."""
        await self._dns.serve(wire.from_json(list[ZoneText], zones), wire.from_json(list[Fault], faults), resolvers)
        await self._peers.become(wire.from_json(list[PeerOrder], peers))

    async def lose(self, eye: str) -> None:
        """Close the `dns` or the `loghost`, as if it had died."""
        self._eyes[eye].close()

    async def mend(self, eye: str) -> None:
        """Open it again."""
        await (self._dns.start() if eye == "dns" else self._loghost.start(LOGHOST))

    async def run(self, sessions: Any, within: float, in_turn: bool) -> Any:
        """Speak these sessions, at once or one after the other, and return a `Sighting` of all that was seen."""
        orders = wire.from_json(list[SessionOrder], sessions)
        self._forget()
        self._dns.recount()
        self._peers.recount()
        groups = [[order] for order in orders] if in_turn else [orders]
        held = [await self._hold(group, within) for group in groups]
        transcripts = tuple(transcript for spoken, _ in held for transcript in spoken)
        missing = tuple(text for _, texts in held for text in texts)
        self._spoken = transcripts
        self._tried = self._book.waiting()
        return wire.to_json(self._sighting(transcripts, missing))

    async def again(self, within: float) -> Any:
        """Wait until what the last run left in the queue has been tried once more; a `Sighting` of all since then."""
        before = self._tried

        def late() -> list[str]:
            return [name for (peer, name), times in before.items() if not self._book.tried(peer, name, times)]

        done = await self._until(lambda: not late(), within)
        missing = () if done else (f"the log of the next try of {', '.join(late())} was not there after {within:g} s",)
        self._tried = self._book.waiting()
        return wire.to_json(self._sighting(self._spoken, missing))

    async def _hold(self, orders: Sequence[SessionOrder], limit: float) -> tuple[list[Transcript], list[str]]:
        """Speak these sessions at once, wait until all of them is logged, and say what did not come."""
        sent_on = len(self._forwarded)
        own = await asyncio.gather(
            *(converse(order.source, order.server, order.port, order.dialogue, timeout=limit) for order in orders)
        )
        pulse = asyncio.get_running_loop().create_task(self._dns.deaf())
        missing = await self._forwards_done(own, sent_on, limit)
        spoken = [*own, *self._forwarded[sent_on:]]
        mine = [transcript for transcript in spoken if transcript.server in self._mail_hosts]
        missing += [text for transcript in mine if (text := await self._completed(transcript, limit))]
        missing += [f"the DNS at {address} does not answer any more" for address in await pulse]
        return spoken, missing

    async def barrier(self, token: str, count: int, within: float) -> bool:
        """Whether `count` log lines with that text arrived: then everything before them has."""
        return await self._until(lambda: sum(token in line.text for line, _ in self._lines) >= count, within)

    async def seen(self) -> Any:
        """What was seen since the last run began or the last `clear`, without waiting."""
        return wire.to_json(self._sighting((), ()))

    async def further(self) -> Any:
        """What was seen since the last run began, tied to its sessions, without waiting."""
        return wire.to_json(self._sighting(self._spoken, ()))

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
        relays = self._peers.relays
        accepted = sum(reply.positive for t in transcripts if t.server in relays for reply in t.replies("MESSAGE"))
        if await self._until(lambda: len(self._forwarded) - before + len(self._trouble) >= accepted, limit):
            return []
        sent_on = len(self._forwarded) - before
        return [f"of {accepted} messages to send on, {sent_on} were sent on within {limit:g} s"]

    async def _completed(self, transcript: Transcript, limit: float) -> str | None:
        if transcript.ended == "refused":
            return None
        queued = queue_ids(transcript)

        def over() -> bool:
            session = self._log_of(transcript)
            return session is not None and session.finished(queued)

        if await self._until(over, limit):
            return None
        session = self._log_of(transcript)
        last = str(session.lines[-1]) if session and session.lines else "no line of it at all"
        return (
            f"the log of the session from {transcript.client} port {transcript.port} was not complete after {limit:g} s"
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
            transcripts, tuple(log), other, tuple(self._queries), tuple(self._messages), (*missing, *self._trouble),
            tuple(self._answered),
        )  # fmt: skip

    def _forget(self) -> None:
        self._queries.clear()
        self._lines.clear()
        self._messages.clear()
        self._forwarded.clear()
        self._spoken, self._tried = (), {}
        self._answered.clear()
        self._trouble.clear()
        self._book.clear()

    def _query(self, query: Query) -> None:
        self._queries.append(query)
        self._board.pin(query=query)

    def _log(self, line: SyslogLine) -> None:
        parsed = parse(line)
        self._board.pin(line=line)
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


def queue_ids(transcript: Transcript) -> tuple[str, ...]:
    """The queue ids that the mail host gave for what it accepted: `250 2.0.0 Ok: queued as QID`."""
    texts = (reply.text for reply in transcript.replies("MESSAGE") if reply.positive)
    return tuple(text.rpartition("queued as ")[2].split()[0] for text in texts if "queued as " in text)


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

"""The Internet's main process: DNS, senders, peers, sink and loghost on one event loop and one clock.

One JSON line in, one JSON line out. Everything that is seen is recorded with its time; a `run`
speaks its sessions, waits until the log says that each of them is over, and hands back all of it.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from socket import if_indextoname, socket
from typing import Any

from postfix_lab.addresses import LOGGING, LOGHOST, SINK
from postfix_lab.dns.fault import Fault
from postfix_lab.dns.zone import ZoneText
from postfix_lab.inside.internet.dns.dns_server import DnsServer
from postfix_lab.inside.internet.loghost import Loghost
from postfix_lab.inside.internet.protocol import AGENT_SOCKET, PeerOrder, SessionOrder
from postfix_lab.inside.internet.recorder import Record
from postfix_lab.inside.internet.request import MOST, Tell, serve
from postfix_lab.inside.internet.routes import lead_to
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.peer_set import Ears, Peers
from postfix_lab.inside.internet.smtp.rendezvous import Meeting
from postfix_lab.inside.internet.smtp.sink import Sink
from postfix_lab.serialization import from_json, to_json, to_row
from postfix_lab.smtp.transcript import Transcript

_PART = 256
"""Things seen that make a part; fewer are told at the end."""


class Agent:
    """Runs the world outside; each public coroutine is one request."""

    def __init__(self) -> None:
        self._record = record = Record()
        trouble = record.trouble.append
        self._peers = Peers(Ears(record.add_message, record.add_forward, record.add_answer, trouble, record.look))
        self._behind: dict[str, list[str]] = {}
        name = cache(if_indextoname)
        self._dns = DnsServer(record.add_query, trouble, lambda interface: self._behind.get(name(interface)))
        self._loghost = Loghost(record.add_line, trouble, LOGGING.__contains__)
        self._eyes: dict[str, DnsServer | Loghost] = {"dns": self._dns, "loghost": self._loghost}
        self._sink = Sink(SINK, "sink.lab.test", record.add_message, trouble=trouble)

    async def start(self, ear: socket) -> None:
        """Open DNS, loghost and sink; the `ear` is what the loghost hears with."""
        await self._dns.start()
        await self._loghost.start(LOGHOST, listener=ear)
        await self._sink.start()

    async def route(self, device: str, addresses: list[str]) -> None:
        """Lay the way to a mail host: its addresses are behind that cable."""
        lead_to(device, addresses)

    async def know(self, device: str, addresses: list[str], cancels: bool) -> None:
        """A mail host has these addresses, is behind that cable, and logs from the first of them.

        `cancels` says that its log tells the end of a message that was never completed.
        """
        if cancels:
            self._record.cancelling.add(addresses[0])
        self._record.mail_hosts.update(dict.fromkeys(addresses, addresses[0]))
        self._behind[device] = addresses

    async def world(self, zones: Any, faults: Any, peers: Any, resolvers: list[str]) -> None:
        """Swap the whole world: zones, faults, the resolvers that answer, and the MTAs that listen."""
        await self._dns.serve(from_json(list[ZoneText], zones), from_json(list[Fault], faults), resolvers)
        await self._peers.become(from_json(list[PeerOrder], peers))

    async def lose(self, eye: str) -> None:
        """Close the `dns` or the `loghost`, as if it had died."""
        self._eyes[eye].close()

    async def mend(self, eye: str) -> None:
        """Open it again."""
        await (self._dns.start() if eye == "dns" else self._loghost.start(LOGHOST))

    async def run(  # noqa: PLR0913 - one keyword for each thing that a run can be told
        self, orders: Any, sessions: list[int], within: float, *, in_turn: bool, at_once: int, hurry: float, tell: Tell
    ) -> Any:
        """Speak these sessions, at once or one after the other; tell what is seen in parts, and return the rest.

        A session is the number of its order: many have the same one.
        """
        known = from_json(list[SessionOrder], orders)
        orders = [known[number] for number in sessions]
        self._record.begin(hurry, [order.server for order in orders])
        self._dns.recount()
        self._peers.recount()
        groups = [[order] for order in orders] if in_turn else [orders]
        # Of one session everything is told at once, while its log is still on the way.
        told = partial(self._tell_part, tell, 1 if len(orders) == 1 else _PART)
        try:
            held = [
                await self._hold(group, within, at_once or len(group), told, last=group is groups[-1])
                for group in groups
            ]
        finally:
            self._record.watch = None
        transcripts = tuple(transcript for spoken, _ in held for transcript in spoken)
        missing = tuple(text for _, texts in held for text in texts)
        return to_row(self._record.rest(transcripts, missing))

    async def again(self, within: float) -> Any:
        """Wait until what the last run left in the queue has been tried once more; a `Rest` of all since then."""
        return to_row(await self._record.again(within))

    async def _hold(
        self, orders: Sequence[SessionOrder], limit: float, at_once: int, told: Callable[[], None], *, last: bool
    ) -> tuple[list[Transcript], list[str]]:
        """Speak these sessions, so many at a time, wait until all of them is logged, and say what did not come."""
        sent_on, places = len(self._record.forwarded), min(at_once, len(orders))
        meeting, opened = Meeting(places), self._record.enlist
        heard: dict[int, Transcript] = {}
        turns = iter(enumerate(orders))

        async def speak() -> None:
            for number, order in turns:
                source, server, port, said = order.source, order.server, order.port, order.dialogue
                spoken = await converse(source, server, port, said, timeout=limit, meeting=meeting, opened=opened)
                heard[number] = self._record.add_session(spoken)
                told()

        # One alone needs no task, and most runs are of one.
        await (speak() if places == 1 else asyncio.gather(*(speak() for _ in range(places))))
        own = [heard[number] for number in range(len(orders))]
        # Whoever died stays dead in a run, so it is asked once, while the log is still on its way.
        pulse = asyncio.get_running_loop().create_task(self._dns.deaf()) if last else None
        missing = await self._forwards_done(own, sent_on, limit)
        spoken = [*own, *self._record.forwarded[sent_on:]]
        unnamed = {id(transcript) for transcript, order in zip(own, orders, strict=True) if not order.logged}
        mine = [t for t in spoken if t.server in self._record.mail_hosts and id(t) not in unnamed]
        for transcript in mine:  # Once something did not come in time, nothing that is still out gets more of it.
            missing += filter(None, [await self._record.completed(transcript, 0.0 if missing else limit)])
            told()
        await self._record.until(lambda: not self._peers.expect_quit, limit)  # It comes when all is in the log already.
        missing += [f"the DNS at {address} does not answer any more" for address in (await pulse if pulse else ())]
        return spoken, missing

    def _tell_part(self, tell: Tell, least: int) -> None:
        if part := self._record.part(least):
            tell(to_row(part))

    async def barrier(self, token: str, count: int, within: float) -> bool:
        """Whether `count` log lines with that text arrived: then everything before them has."""
        return await self._record.arrived(token, count, within)

    async def seen(self) -> Any:
        """What was seen since the last run began or the last `clear`, without waiting."""
        return to_row(self._record.everything())

    async def further(self) -> Any:
        """What was seen since the last run began, tied to its sessions, without waiting."""
        return to_row(self._record.further())

    async def clear(self) -> None:
        """Forget everything seen so far."""
        self._record.forget()

    async def news(self, after: int, within: float) -> Any:
        """What was seen after that number, of runs and of everybody else; waits for the first of it."""
        return to_json(await self._record.board.after(after, within))

    async def latest(self) -> int:
        """The number of the newest of the news."""
        return self._record.board.number

    async def note(self, text: str) -> None:
        """A remark between the news."""
        self._record.board.pin(note=text)

    async def _forwards_done(self, transcripts: Sequence[Transcript], before: int, limit: float) -> list[str]:
        """Wait until the MTAs of the world have sent on what the clients handed to them."""
        relays = self._peers.relays
        accepted = sum(reply.positive for t in transcripts if t.server in relays for reply in t.replies("MESSAGE"))
        record = self._record
        if await record.until(lambda: len(record.forwarded) - before + len(record.trouble) >= accepted, limit):
            return []
        sent_on = len(record.forwarded) - before
        return [f"of {accepted} messages to send on, {sent_on} were sent on within {limit:g} s"]


async def main(ear: socket) -> None:
    """Serve requests until standard input ends; the log comes in at the `ear`."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MOST)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    agent = Agent()
    await agent.start(ear)
    # What is there now stays, and what a run adds lives until the next one: looking for cycles in it is in vain.
    # A look at a thousand sessions took a fiftieth of their time; the record asks for one when much was forgotten.
    gc.freeze()
    gc.set_threshold(1_000_000, 20, 100)
    await asyncio.start_unix_server(lambda asks, told: serve(agent, asks, told.transport), AGENT_SOCKET, limit=MOST)
    os.chmod(AGENT_SOCKET, 0o600)  # noqa: PTH101 - a socket, not a file of ours
    await serve(agent, reader, transport)

"""The agent, the Internet's main process: DNS, clients, MTAs, sink and loghost on one event loop and one clock.

It answers the verbs of `agent_verbs.py`. Everything that is seen is recorded with its time; a `run`
holds its sessions, waits until the log reports the end of each, and returns all that was recorded.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache, partial
from socket import if_indextoname, socket

from postfix_lab.addresses import LOGGING, LOGHOST, SINK
from postfix_lab.inside.internet.agent_verbs import AgentVerbs, LabService
from postfix_lab.inside.internet.dns.dns_server import DnsServer
from postfix_lab.inside.internet.loghost import Loghost
from postfix_lab.inside.internet.protocol import (
    AGENT_SOCKET,
    Batch,
    DnsView,
    News,
    PeerOrder,
    RunEnd,
    RunRequest,
    SessionOrder,
)
from postfix_lab.inside.internet.recorder import Recorder
from postfix_lab.inside.internet.request import serve
from postfix_lab.inside.internet.routes import add_route
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.peer_set import PeerEvents, Peers
from postfix_lab.inside.internet.smtp.rendezvous import Meeting
from postfix_lab.inside.internet.smtp.sink import Mailboxes
from postfix_lab.json_lines import MAX_LINE
from postfix_lab.smtp.behaviour import ACCEPT, Behaviour
from postfix_lab.smtp.transcript import Transcript
from postfix_lab.verbs import Tell

_BATCH = 256
"""Records in a batch; the last batch may have fewer."""


class Agent(AgentVerbs):
    """Runs everything outside of the mail hosts."""

    def __init__(self) -> None:
        self._record = record = Recorder()
        trouble = record.trouble.append
        events = PeerEvents(record.add_message, record.add_forward, record.add_answer, trouble, record.notify)
        self._peers = Peers(events, record.admission)
        self._behind: dict[str, list[str]] = {}
        name = cache(if_indextoname)
        self._dns = DnsServer(record.add_query, trouble, lambda interface: self._behind.get(name(interface)))
        self._loghost = Loghost(record.add_line, trouble, LOGGING.__contains__)
        self._services: dict[LabService, DnsServer | Loghost] = {"dns": self._dns, "loghost": self._loghost}
        self._mailboxes = Mailboxes(SINK, "sink.lab.test", events)

    async def start(self, ear: socket) -> None:
        """Open DNS, loghost and sink; the loghost takes connections at the listening socket `ear`."""
        await self._dns.start()
        await self._loghost.start(LOGHOST, listener=ear)
        await self._mailboxes.set_behaviour(ACCEPT)

    async def begin(self) -> None:
        """Do nothing: `start.py` answers this verb."""

    async def route(self, device: str, addresses: list[str]) -> None:
        """Route the addresses of a mail host to that cable."""
        add_route(device, addresses)

    async def register(self, device: str, addresses: list[str], *, cancels: bool) -> None:
        """Register a mail host with these addresses behind that cable."""
        if cancels:
            self._record.cancelling.add(addresses[0])
        self._record.mail_hosts.update(dict.fromkeys(addresses, addresses[0]))
        self._behind[device] = addresses

    async def set_world(self, views: list[DnsView], peers: list[PeerOrder], sink: Behaviour | None) -> None:
        """Replace the whole world: the views of the DNS, the MTAs that listen, and how the sink answers, if it does."""
        await self._dns.serve(views)
        await self._peers.set_orders(peers)
        await self._mailboxes.set_behaviour(sink)

    async def lose(self, service: LabService) -> None:
        """Close that service, as if it had died."""
        self._services[service].close()

    async def repair(self, service: LabService) -> None:
        """Open it again."""
        await (self._dns.start() if service == "dns" else self._loghost.start(LOGHOST))

    async def run(self, request: RunRequest, tell: Tell[Batch]) -> RunEnd:
        """Hold the sessions, those of several mail hosts side by side."""
        parts = [[request.orders[number] for number in part] for part in request.sessions]
        orders = [order for part in parts for order in part]
        self._record.begin_run(request.hurry, [order.server for order in orders])
        self._dns.reset_counts()
        self._mailboxes.reset_counts()
        self._peers.reset_counts(self._record.mail_hosts if len(parts) > 1 else {})
        # With one session every record is sent at once, while the log is still to come.
        send_on = partial(self._send_batch, tell, 1 if len(orders) == 1 else _BATCH)
        try:
            held = [self._hold_part(part, request, send_on) for part in parts]
            # A single mail host needs no task, and most runs have one.
            done = [await part for part in held] if len(held) == 1 else await asyncio.gather(*held)
        finally:
            self._record.watch = None
        transcripts = tuple(transcript for sessions, _ in done for transcript in sessions)
        missing = tuple(text for _, texts in done for text in texts)
        return self._record.end_run(transcripts, missing)

    async def await_retry(self, within: float) -> RunEnd:
        """Wait until all that the last run left in the queue was tried again; return what was seen since it began."""
        return await self._record.await_retry(within)

    async def await_rest(self, servers: list[str], within: float) -> RunEnd:
        """Wait until all mail of the last run at these mail hosts is settled; return what was seen since it began."""
        return self._record.run_so_far(await self._record.await_rest(servers, within))

    async def _hold_part(
        self, orders: Sequence[SessionOrder], request: RunRequest, send_on: Callable[[], None]
    ) -> tuple[list[Transcript], list[str]]:
        """Hold the sessions of one mail host, at once or one after the other; as `_hold_sessions`."""
        groups = [[order] for order in orders] if request.in_turn else [orders]
        transcripts: list[Transcript] = []
        missing: list[str] = []
        for group in groups:
            sessions, texts = await self._hold_sessions(group, request, send_on, last=group is groups[-1])
            transcripts += sessions
            missing += texts
        return transcripts, missing

    async def _hold_sessions(
        self, orders: Sequence[SessionOrder], request: RunRequest, send_on: Callable[[], None], *, last: bool
    ) -> tuple[list[Transcript], list[str]]:
        """Hold these sessions and wait for their complete log; return transcripts, and texts of what is missing."""
        limit, places = request.within, min(request.at_once or len(orders), len(orders))
        sent_on = len(self._record.forwarded)
        shared = len({order.source for order in orders}) < len(orders)
        meeting = Meeting(places, together=shared and places == len(orders))
        opened, admission = self._record.watch_connection, self._record.admission
        by_number: dict[int, Transcript] = {}
        turns = iter(enumerate(orders))

        async def hold() -> None:
            for number, order in turns:
                session = await converse(
                    order.source, order.server, order.port, order.dialogue, timeout=limit, meeting=meeting,
                    admission=admission if order.logged else None, relay_port=order.relay_port, opened=opened,
                )  # fmt: skip
                by_number[number] = self._record.add_session(session)
                send_on()

        # A single session needs no task, and most runs have one.
        await (hold() if places == 1 else asyncio.gather(*(hold() for _ in range(places))))
        own = [by_number[number] for number in range(len(orders))]
        # A DNS socket that has died stays dead during a run, so one check is enough, while the log is still to come.
        pulse = asyncio.get_running_loop().create_task(self._dns.silent_resolvers()) if last else None
        missing = await self._await_forwards(own, sent_on, limit)
        sessions = [*own, *self._record.forwarded[sent_on:]]
        unnamed = {id(transcript) for transcript, order in zip(own, orders, strict=True) if not order.logged}
        mine = [t for t in sessions if t.server in self._record.mail_hosts and id(t) not in unnamed]
        for transcript in mine:  # After one timeout no further waiting.
            missing += filter(None, [await self._record.await_session(transcript, 0.0 if missing else limit)])
            send_on()
        missing += [] if missing else await self._record.await_rest({t.server for t in mine}, limit)
        # A QUIT comes when all is in the log already.
        await self._record.wait_until(lambda: not self._peers.expect_quit, limit)
        missing += [f"the DNS at {address} does not answer any more" for address in (await pulse if pulse else ())]
        return sessions, missing

    def _send_batch(self, tell: Tell[Batch], least: int) -> None:
        if batch := self._record.batch(least):
            tell(batch)

    async def barrier(self, token: str, count: int, within: float) -> bool:
        """Wait for `count` log lines with that text; return whether they came: then all lines before them have."""
        return await self._record.await_lines(token, count, within)

    async def everything(self) -> RunEnd:
        """Return what was seen since the last run began or the last `clear`."""
        return self._record.everything()

    async def run_so_far(self) -> RunEnd:
        """Return what was seen since the last run began, by its sessions."""
        return self._record.run_so_far()

    async def clear(self) -> None:
        """Discard everything seen so far."""
        self._record.clear()

    async def news(self, after: int, within: float) -> list[News]:
        """Return what was seen after that number, in runs or not; waits up to `within` seconds for the first."""
        return await self._record.board.wait_after(after, within)

    async def latest(self) -> int:
        """Return the number of the newest piece of news."""
        return self._record.board.number

    async def note(self, text: str) -> None:
        """Add a remark to the news."""
        self._record.board.add(note=text)

    async def _await_forwards(self, transcripts: Sequence[Transcript], before: int, limit: float) -> list[str]:
        """Wait until the MTAs of the world have relayed what clients sent to them; return what is missing."""
        relays = self._peers.relays
        accepted = sum(reply.positive for t in transcripts if t.server in relays for reply in t.replies("MESSAGE"))
        record = self._record
        if await record.wait_until(lambda: len(record.forwarded) - before + len(record.trouble) >= accepted, limit):
            return []
        sent_on = len(record.forwarded) - before
        return [f"of {accepted} messages to send on, {sent_on} were sent on within {limit:g} s"]


async def main(ear: socket) -> None:
    """Serve requests until standard input ends; log connections come in at the socket `ear`."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_LINE)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    agent = Agent()
    await agent.start(ear)
    # What exists now stays, and what a run adds lives until the next one: the garbage collector would find nothing.
    # A collection after a thousand sessions took a fiftieth of their time; the recorder asks for one when it is due.
    gc.freeze()
    gc.set_threshold(1_000_000, 20, 100)
    await asyncio.start_unix_server(
        lambda requests, answers: serve(agent, requests, answers.transport), AGENT_SOCKET, limit=MAX_LINE
    )
    os.chmod(AGENT_SOCKET, 0o600)  # noqa: PTH101 - a socket, not a file of ours
    await serve(agent, reader, transport)

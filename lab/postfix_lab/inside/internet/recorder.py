"""The record: what the Internet has seen since the last run began, and how to wait for more of it.

Everything bears the time of one clock. Which log lines belong to a session is worked out as they
come, so that a wait for its end costs a few look-ups for each line. What was seen is handed out in
batches while a run goes on, so that whoever asked has read most of it when the run is over.
"""

from __future__ import annotations

import asyncio
import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from postfix_lab.dns.query import Query
from postfix_lab.inside.internet.board import Board
from postfix_lab.inside.internet.death_watch import Watch
from postfix_lab.inside.internet.protocol import Batch, Rest
from postfix_lab.inside.internet.smtp.client_connection import ClientConnection
from postfix_lab.postfix.log import LogBook, LogLine, SessionLog, parse
from postfix_lab.postfix.log.daemon_death import is_master_death
from postfix_lab.postfix.log.events import Removed
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.headers import received
from postfix_lab.smtp.transcript import Transcript

_CANCELED = 1.0
"""Seconds in which the end of a message that was not completed is logged; it is not where a daemon has died."""
_MUTE = 5.0
"""Seconds in which a session without any reply is logged, if at all: smtpd may not have taken the connection."""
_BIT = 8
_MUCH = 10_000
"""Things seen after which the collector is asked for."""


class Record:
    """Filled by the DNS, the loghost, the MTAs and the senders; read by whoever asked for a run."""

    def __init__(self) -> None:
        self.board = Board()
        self.mail_hosts: dict[str, str] = {}
        """Each address of a mail host, and the one that it logs from."""
        self.cancelling: set[str] = set()
        """Of the latter, those that log the end of a message that was never completed."""
        self.forwarded: list[Transcript] = []
        """Sessions in which an MTA of the world sent a message on."""
        self.answered: list[Answered] = []
        """Which of their answers the MTAs gave."""
        self.trouble: list[str] = []
        self.watch: Watch | None = None
        """Shortens the waits of the present run once a daemon dies."""
        self._queries: list[Query] = []
        self._lines: list[tuple[SyslogLine, LogLine]] = []
        self._messages: list[Received] = []
        self._sessions: list[Transcript] = []
        self._forgotten: list[object] = []
        """What is forgotten is taken apart bit by bit, while new things come in: all at once it would hold up a run."""
        self._garbage = 0
        """How much was forgotten since the collector was last asked for: parts of a session hold on to each other."""
        self._handed_out = [0, 0, 0, 0]
        """How many transcripts, lines, queries and messages are in the batches so far."""
        self._spoken: defaultdict[tuple[str, int, str], list[Transcript]] = defaultdict(list)
        self._book = LogBook()
        self._earlier: set[str] = set()
        """The queue ids of messages that were on their way when the run began: notices to the postmaster, mostly."""
        self._run: tuple[Transcript, ...] = ()
        """The sessions of the run that is over."""
        self._tried: dict[tuple[str, str], int] = {}
        """The messages that it left in the queue, each with how often it was tried."""
        self._orphaned: dict[str, LogLine] = {}
        """The mail hosts whose master(8) is gone, each with the line that says so."""
        self._waiting: list[asyncio.Future[None]] = []

    def add_query(self, query: Query) -> None:
        """Add a DNS question, answered or not."""
        self._queries.append(query)
        self.board.pin(query=query)
        self._free_some()

    def add_line(self, line: SyslogLine) -> None:
        """Add a log line."""
        parsed = parse(line)
        self.board.pin(line=line)
        if is_master_death(parsed):
            self._orphaned[parsed.peer] = parsed
        elif parsed.service == "master":
            self._orphaned.pop(parsed.peer, None)
        if self.watch:
            self.watch.see(parsed)
        self._lines.append((line, parsed))
        self._free_some()
        self._book.add(parsed)
        if isinstance(parsed.event, Removed) and parsed.queue_id:
            self._earlier.discard(parsed.queue_id)
        self._wake()

    def add_message(self, message: Received) -> None:
        """Add a message that the sink or an MTA of the world took, unless it is one of an earlier run."""
        if self._earlier and any(hop.queue_id in self._earlier for hop in received(message.content)[:1]):
            return
        self._messages.append(message)
        self._wake()

    def add_answer(self, answer: Answered) -> None:
        """Add an answer that an MTA gave."""
        self.answered.append(answer)
        self._wake()

    def check(self) -> None:
        """Have every wait look again: its condition may be true now."""
        self._wake()

    def add_session(self, transcript: Transcript) -> Transcript:
        """Add a session that is over; another one may come from the same port."""
        self._sessions.append(transcript)
        if transcript.ended != "refused":
            self._spoken[transcript.client, transcript.port, transcript.server].append(transcript)
        return transcript

    def add_forward(self, transcript: Transcript) -> None:
        """Add a session in which an MTA of the world sent a message on."""
        self.forwarded.append(self.add_session(transcript))
        self._wake()

    def begin(self, hurry: float, servers: Iterable[str]) -> None:
        """Begin a run: forget everything before, unless `hurry` seconds are left once a daemon dies."""
        if hurry:
            self._handed_out = [0, 0, 0, 0]
        else:
            self.forget()
        peers = {self.mail_hosts.get(server, "") for server in servers}
        self.watch = Watch(hurry, peers, [*self._orphaned.values(), *(line for _, line in self._lines)])

    def enlist(self, line: ClientConnection) -> None:
        """Register the connection of a session of the present run."""
        if self.watch:
            self.watch.enlist(line)

    def forget(self) -> None:
        """Forget everything but the sessions that are still open in the log."""
        self._garbage += sum(map(len, self._tables()))
        for table in self._tables():
            self._forgotten += table
        for table in (*self._tables(), self.forwarded, self.answered, self.trouble):
            table.clear()
        self._spoken.clear()
        self._earlier |= self._book.underway()
        self._handed_out = [0, 0, 0, 0]
        self._book.clear()
        self._run, self._tried = (), {}

    def batch(self, least: int = 0) -> Batch | None:
        """What is in no batch yet; None if that is fewer than `least` things."""
        tables, before = self._tables(), self._handed_out
        now = [len(table) for table in tables]
        if sum(now) - sum(before) < least:
            return None
        self._handed_out = now
        sessions, lines, queries, messages = (table[start:] for table, start in zip(tables, before, strict=True))
        return Batch(tuple(sessions), tuple(raw for raw, _ in lines), tuple(queries), tuple(messages))

    async def until(self, true: Callable[[], bool], limit: float) -> bool:
        """Wait up to `limit` seconds for the condition, checked whenever something is added; whether it became true."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        while not true():
            news = loop.create_future()
            self._waiting.append(news)
            deadline = min(deadline, self.watch.deadline) if self.watch else deadline
            alarm = loop.call_at(deadline, _set_done, news)  # wait_for() costs too much for every log line.
            try:
                await news
            finally:
                alarm.cancel()
            if loop.time() >= deadline:
                return true()
        return True

    async def arrived(self, token: str, count: int, limit: float) -> bool:
        """Wait up to `limit` seconds for `count` log lines with that text; whether they arrived."""
        looked_at = found = 0

        def enough() -> bool:
            nonlocal looked_at, found
            found += sum(token in line.text for line, _ in self._lines[looked_at:])
            looked_at = len(self._lines)
            return found >= count

        return await self.until(enough, limit)

    async def completed(self, transcript: Transcript, limit: float) -> str | None:
        """Wait until the log says that the session and its messages are over; what is missing, if it does not."""
        died = self.watch.died if self.watch else ""
        if transcript.ended == "refused" or (transcript.ended == "timeout" and died):
            return None
        queued = transcript.queue_ids
        if transcript.ended == "closed" and all(exchange.reply is None for exchange in transcript.exchanges):
            limit = min(limit, _MUTE)

        def over() -> bool:
            session = self._log_of(transcript)
            return session is not None and session.finished(queued)

        if await self.until(over, limit):
            if self.mail_hosts.get(transcript.server) in self.cancelling:
                await self.until(lambda: self._is_at_rest(transcript), _CANCELED)
            return None
        session = self._log_of(transcript)
        died = self.watch.died if self.watch else ""
        when = f"when this had died: {died}" if died else f"after {limit:g} s" if limit else "in time"
        last = str(session.lines[-1]) if session and session.lines else "no line of it at all"
        return (
            f"the log of the session from {transcript.client} port {transcript.port} was not complete {when}"
            f" (queue ids {', '.join(queued) or 'none'}); the last that arrived: {last}"
        )

    def rest(self, transcripts: Sequence[Transcript], missing: Sequence[str]) -> Rest:
        """The end of a run with these sessions: what is in no batch yet, and which log lines are whose."""
        self._run, self._tried = tuple(transcripts), self._book.waiting()
        number = {id(transcript): n for n, transcript in enumerate(self._sessions)}
        place = {id(line): n for n, (_, line) in enumerate(self._lines)}
        sessions = [self._log_of(transcript) for transcript in transcripts]
        logs = (sorted(place[line] for line in s.held() if line in place) if s else () for s in sessions)
        order = tuple(number[id(transcript)] for transcript in transcripts)
        trouble, answered = (*missing, *self.trouble), tuple(self.answered)
        return Rest(self.batch() or Batch(), order, tuple(map(tuple, logs)), trouble, answered)

    def everything(self) -> Rest:
        """All that was seen, in a batch already or not, tied to no session."""
        self._handed_out = [0, 0, 0, 0]
        return self.rest((), ())

    def further(self, missing: Sequence[str] = ()) -> Rest:
        """All that was seen since the last run began, in a batch already or not."""
        self._handed_out = [0, 0, 0, 0]
        return self.rest(self._run, missing)

    async def again(self, limit: float) -> Rest:
        """Wait until what the last run left in the queue has been tried once more; all that was seen since it began."""
        before = self._tried

        def late() -> list[str]:
            return [name for (peer, name), times in before.items() if not self._book.tried(peer, name, times)]

        if await self.until(lambda: not late(), limit):
            return self.further()
        return self.further((f"the log of the next try of {', '.join(late())} was not there after {limit:g} s",))

    def _free_some(self) -> None:
        if not self._forgotten:
            return
        del self._forgotten[-_BIT:]
        if not self._forgotten and self._garbage > _MUCH:
            gc.collect()
            self._garbage = 0

    def _tables(self) -> tuple[list[Any], ...]:
        return self._sessions, self._lines, self._queries, self._messages

    def _log_of(self, transcript: Transcript) -> SessionLog | None:
        peer = self.mail_hosts.get(transcript.server)
        if peer is None or transcript.ended == "refused":
            return None
        # The kernel gives a port away again as soon as it is free; such sessions are told apart by their order.
        same = self._spoken[transcript.client, transcript.port, transcript.server]
        nth = sum(other.started < transcript.started for other in same)
        return self._book.session(transcript.client, transcript.port, peer=peer, nth=nth)

    def _is_at_rest(self, transcript: Transcript) -> bool:
        session = self._log_of(transcript)
        return session is None or session.rests

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            _set_done(future)


def _set_done(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)

"""Records what the Internet has seen since the last run began, and waits for more.

All records have the time of one clock. Log lines are assigned to sessions when they arrive,
so that waiting for the end of a session costs a few look-ups for each line. Records are sent in
batches during a run, so that the caller has parsed most of them when the run is over. `admission.py` says which
session of the log belongs to which transcript.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from postfix_lab.dns.query import Query
from postfix_lab.inside.internet.admission import Admission
from postfix_lab.inside.internet.board import Board
from postfix_lab.inside.internet.death_watch import DeathWatch
from postfix_lab.inside.internet.protocol import Batch, RunEnd
from postfix_lab.inside.internet.settling import NOTICE, await_rest
from postfix_lab.inside.internet.smtp.client_connection import ClientConnection
from postfix_lab.postfix.log import LogBook, LogLine, parse
from postfix_lab.postfix.log.daemon_death import is_master_death
from postfix_lab.postfix.log.events import Removed
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.postfix.log.verbose_lines import is_noise
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.headers import received_headers
from postfix_lab.smtp.transcript import Transcript

_CANCELED = 1.0
"""Seconds to wait for the log line about an incomplete message; it does not come if a daemon has died."""
_MUTE = 5.0
"""Seconds to wait for the log of a session without any reply: smtpd may not have accepted the connection."""
_BIT = 8
_MUCH = 10_000
"""Discarded records after which the garbage collector is run."""


class Recorder:
    """The records of DNS, loghost, MTAs and clients."""

    def __init__(self) -> None:
        self.board = Board()
        self.mail_hosts: dict[str, str] = {}
        """Each address of a mail host -> the address that it logs from."""
        self.admission = Admission(self.mail_hosts)
        """Which clients may connect now, and whose session in the log is whose."""
        self.cancelling: set[str] = set()
        """Addresses of mail hosts that log the end of a message that was never completed."""
        self.forwarded: list[Transcript] = []
        """Sessions in which an MTA of the world relayed a message."""
        self.answered: list[Answered] = []
        """Which of their declared answers the MTAs gave."""
        self.trouble: list[str] = []
        self.watch: DeathWatch | None = None
        """Shortens the timeouts of the current run once a daemon dies; None between runs."""
        self._queries: list[Query] = []
        self._lines: list[tuple[SyslogLine, LogLine]] = []
        self._messages: list[Received] = []
        self._sessions: list[Transcript] = []
        self._forgotten: list[object] = []
        """Discarded records, freed a few at a time when new ones arrive: all at once would delay a run."""
        self._garbage = 0
        """Records discarded since the last garbage collection, which is needed because transcripts have cycles."""
        self._handed_out = [0, 0, 0, 0]
        """How many transcripts, lines, queries and messages were sent in batches so far."""
        self._book = LogBook(self.admission.add_log)
        self._earlier: set[str] = set()
        """Queue ids of messages that were in transit when the run began: mostly notices to the postmaster."""
        self._run: tuple[Transcript, ...] = ()
        """The sessions of the last run."""
        self._tried: dict[tuple[str, str], int] = {}
        """The messages that it left in the queue, each with the number of delivery attempts."""
        self._orphaned: dict[str, LogLine] = {}
        """Mail hosts whose master(8) is dead, each with the log line about it."""
        self._waiting: list[asyncio.Future[None]] = []

    def add_query(self, query: Query) -> None:
        """Add a DNS question, answered or not."""
        self._queries.append(query)
        self.board.add(query=query)
        self._free_some()

    def add_line(self, line: SyslogLine) -> None:
        """Add a log line, unless it is one of the many in which a verbose program says how it works."""
        if is_noise(line):
            return
        parsed = parse(line)
        self.board.add(line=line)
        if is_master_death(parsed):
            self._orphaned[parsed.peer] = parsed
        elif parsed.service == "master":
            self._orphaned.pop(parsed.peer, None)
        if self.watch:
            self.watch.check_line(parsed)
            if self.watch.died:
                self.admission.suspend(suspended=True)
        self._lines.append((line, parsed))
        self._free_some()
        self._book.add(parsed)
        if isinstance(parsed.event, Removed) and parsed.queue_id:
            self._earlier.discard(parsed.queue_id)
        self._wake()

    def add_message(self, message: Received) -> None:
        """Add a message that the sink or an MTA of the world accepted, unless it is from an earlier run."""
        if self._earlier and any(hop.queue_id in self._earlier for hop in received_headers(message.content)[:1]):
            return
        self._messages.append(message)
        self._wake()

    def add_answer(self, answer: Answered) -> None:
        """Add an answer that an MTA gave."""
        self.answered.append(answer)
        self._wake()

    def notify(self) -> None:
        """Have every `wait_until` check its condition again."""
        self._wake()

    def add_session(self, transcript: Transcript) -> Transcript:
        """Add a finished session."""
        self._sessions.append(transcript)
        return transcript

    def add_forward(self, transcript: Transcript) -> None:
        """Add a session in which an MTA of the world relayed a message."""
        self.forwarded.append(self.add_session(transcript))
        self._wake()

    def begin_run(self, hurry: float, servers: Iterable[str]) -> None:
        """Begin a run: discard everything before, unless `hurry`, the timeout after a daemon's death, is not 0."""
        if hurry:
            self._handed_out = [0, 0, 0, 0]
        else:
            self.clear()
        peers = {self.mail_hosts.get(server, "") for server in servers}
        self.watch = DeathWatch(hurry, peers, [*self._orphaned.values(), *(line for _, line in self._lines)])
        self.admission.suspend(suspended=bool(self.watch.died))

    def watch_connection(self, line: ClientConnection) -> None:
        """Register the connection of a session of the current run."""
        if self.watch:
            self.watch.add_connection(line)

    def clear(self) -> None:
        """Discard everything but the sessions that are still open in the log."""
        self._garbage += sum(map(len, self._tables()))
        for table in self._tables():
            self._forgotten += table
        for table in (*self._tables(), self.forwarded, self.answered, self.trouble):
            table.clear()
        self.admission.clear()
        self._earlier |= self._book.active_queue_ids()
        self._handed_out = [0, 0, 0, 0]
        self._book.clear()
        self._run, self._tried = (), {}

    def batch(self, least: int = 0) -> Batch | None:
        """Return the records that are in no batch yet; None if these are fewer than `least`."""
        tables, before = self._tables(), self._handed_out
        now = [len(table) for table in tables]
        if sum(now) - sum(before) < least:
            return None
        self._handed_out = now
        sessions, lines, queries, messages = (table[start:] for table, start in zip(tables, before, strict=True))
        return Batch(tuple(sessions), tuple(raw for raw, _ in lines), tuple(queries), tuple(messages))

    async def wait_until(self, true: Callable[[], bool], limit: float) -> bool:
        """Wait up to `limit` seconds for the condition, checked after each record; return whether it became true."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + limit
        while not true():
            news = loop.create_future()
            self._waiting.append(news)
            deadline = min(deadline, self.watch.deadline) if self.watch else deadline
            alarm = loop.call_at(deadline, _set_done, news)  # wait_for() is too expensive for every log line.
            try:
                await news
            finally:
                alarm.cancel()
            if loop.time() >= deadline:
                return true()
        return True

    async def await_lines(self, token: str, count: int, limit: float) -> bool:
        """Wait up to `limit` seconds for `count` log lines with that text; return whether they came."""
        looked_at = found = 0

        def enough() -> bool:
            nonlocal looked_at, found
            found += sum(token in line.text for line, _ in self._lines[looked_at:])
            looked_at = len(self._lines)
            return found >= count

        return await self.wait_until(enough, limit)

    async def await_session(self, transcript: Transcript, limit: float) -> str | None:
        """Wait until the log reports the end of the session and its messages; return what is missing, or None."""
        died = self.watch.died if self.watch else ""
        if transcript.ended == "refused" or (transcript.ended == "timeout" and died):
            return None
        queued = transcript.queue_ids
        if transcript.ended == "closed" and all(exchange.reply is None for exchange in transcript.exchanges):
            limit = min(limit, _MUTE)

        def over(*, notices: bool = False) -> bool:
            session = self.admission.log_of(transcript, final=False)
            if session is None or not session.is_over:
                return False
            self._book.claim(session, queued)
            return session.is_finished(queued, notices=notices)

        finished = await self.wait_until(over, limit)
        if finished and not over(notices=True):
            await self.wait_until(partial(over, notices=True), NOTICE)
            finished = await self.wait_until(over, limit)  # A notification that was made meanwhile has its own end.
        if finished:
            if self.mail_hosts.get(transcript.server) in self.cancelling:
                await self.wait_until(lambda: self._is_at_rest(transcript), _CANCELED)
            return None
        session = self.admission.log_of(transcript)
        died = self.watch.died if self.watch else ""
        when = f"when this had died: {died}" if died else f"after {limit:g} s" if limit else "in time"
        last = str(session.lines[-1]) if session and session.lines else "no line of it at all"
        return (
            f"the log of the session from {transcript.client} port {transcript.port} was not complete {when}"
            f" (queue ids {', '.join(queued) or 'none'}); the last that arrived: {last}"
        )

    async def await_rest(self, servers: Iterable[str], limit: float) -> list[str]:
        """Wait until all mail at these mail hosts is settled that came in during the run; return what is missing."""
        peers = dict.fromkeys(self.mail_hosts[server] for server in servers if server in self.mail_hosts)
        return await await_rest(self._book, peers, self.wait_until, limit)

    def end_run(self, transcripts: Sequence[Transcript], missing: Sequence[str]) -> RunEnd:
        """Return the end of a run with these sessions: the last batch, and the log lines of each session."""
        self._run, self._tried = tuple(transcripts), self._book.deferred_messages()
        number = {id(transcript): n for n, transcript in enumerate(self._sessions)}
        place = {id(line): n for n, (_, line) in enumerate(self._lines)}
        sessions = [self.admission.log_of(transcript) for transcript in transcripts]
        logs = (sorted(place[line] for line in s.lines_by_id() if line in place) if s else () for s in sessions)
        order = tuple(number[id(transcript)] for transcript in transcripts)
        trouble, answered = (*missing, *self.trouble), tuple(self.answered)
        return RunEnd(self.batch() or Batch(), order, tuple(map(tuple, logs)), trouble, answered)

    def everything(self) -> RunEnd:
        """Return all records, sent already or not, assigned to no session."""
        self._handed_out = [0, 0, 0, 0]
        return self.end_run((), ())

    def run_so_far(self, missing: Sequence[str] = ()) -> RunEnd:
        """Return all records since the last run began, sent already or not."""
        self._handed_out = [0, 0, 0, 0]
        return self.end_run(self._run, missing)

    async def await_retry(self, limit: float) -> RunEnd:
        """Wait until all that the last run left in the queue was tried again; return all records since it began."""
        before = self._tried

        def late() -> list[str]:
            return [name for (peer, name), times in before.items() if not self._book.was_retried(peer, name, times)]

        if await self.wait_until(lambda: not late(), limit):
            return self.run_so_far(await self.await_rest(self.mail_hosts, limit))
        return self.run_so_far((f"the log of the next try of {', '.join(late())} was not there after {limit:g} s",))

    def _free_some(self) -> None:
        if not self._forgotten:
            return
        del self._forgotten[-_BIT:]
        if not self._forgotten and self._garbage > _MUCH:
            gc.collect()
            self._garbage = 0

    def _tables(self) -> tuple[list[Any], ...]:
        return self._sessions, self._lines, self._queries, self._messages

    def _is_at_rest(self, transcript: Transcript) -> bool:
        session = self.admission.log_of(transcript)
        return session is None or session.has_settled

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            _set_done(future)


def _set_done(waiting: asyncio.Future[None]) -> None:
    if not waiting.done():
        waiting.set_result(None)

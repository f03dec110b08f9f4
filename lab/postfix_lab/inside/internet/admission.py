"""Lets the clients of one address connect to a mail host one after another, so that each log line has one owner.

Postfix logs a client's address and not its port, so two connections of one address look alike in the log. The second
one is opened when the log has `connect from` (or postscreen's `CONNECT from`) of the first. From then on both are open
at the same time. A client whose address has no other connection never waits.

The line may not come soon: all smtpd processes are busy, a daemon has died, a DNS lookup takes its time. When the log
has been silent about an address for `PATIENCE` seconds, or a client has waited half of its session's limit, all that
wait are let in, and nobody waits until a line comes again. `SessionTies` then tells the connections apart by what was
said on them.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.session_ties import SessionTies, Visit, canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postfix_lab.postfix.log import SessionLog
    from postfix_lab.smtp.transcript import Transcript

PATIENCE = 1.0
"""Seconds without a line about an address after which its clients are let in all the same."""
_Key = tuple[str, str]
_Announced = tuple[str, int] | None


class Admission:
    """Says when a client may connect to a mail host, and which session of the log belongs to which transcript."""

    def __init__(self, mail_hosts: Mapping[str, str], patience: float = PATIENCE) -> None:
        """`mail_hosts`: each address of a mail host, and the address that it logs from."""
        self._mail_hosts = mail_hosts
        self._patience = patience
        self._ties = SessionTies()
        self._visit_of: dict[int, Visit] = {}
        """By `id()` of the transcript; the visit holds the transcript."""
        self._waiting: defaultdict[_Key, deque[tuple[asyncio.Future[Visit], _Announced]]] = defaultdict(deque)
        self._unlogged: set[_Key] = set()
        """Addresses whose log lines did not come in time: their clients do not wait."""
        self._alarms: dict[_Key, asyncio.TimerHandle] = {}
        """When the clients of an address stop waiting."""
        self._suspended = False

    def suspend(self, *, suspended: bool) -> None:
        """Let all clients in at once, because a daemon has died; or let them wait again."""
        self._suspended = suspended
        for key in list(self._waiting):
            self._let_in(key)

    async def enter(
        self, client: str, server: str, within: float, announced: tuple[str, int] | None = None
    ) -> Visit | None:
        """Wait until the client may connect, at most `within` seconds; None if the server is no mail host.

        `announced`: the client that it announces as a proxy. `leave` must be called afterwards.
        """
        peer = self._mail_hosts.get(server)
        if peer is None:
            return None
        key = peer, canonical(client)
        if not self._waiting.get(key) and not self._must_wait(key):
            return self._ties.begin(*key, announced)
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Visit] = loop.create_future()
        self._waiting[key].append((turn, announced))
        if key not in self._alarms:
            self._alarms[key] = loop.call_later(self._patience, self._give_up, key)
        limit = loop.call_later(within, self._give_up, key)
        try:
            return await turn
        finally:
            limit.cancel()

    def leave(self, visit: Visit, transcript: Transcript | None) -> None:
        """Take note that the connection is over; None: it could not be tried."""
        if transcript is None or transcript.ended == "refused":
            self._ties.drop(visit)
        else:
            visit.transcript = transcript
            self._visit_of[id(transcript)] = visit
        self._let_in((visit.peer, visit.client))

    def add_log(self, session: SessionLog) -> None:
        """Give a new session of the log to its connection, and let the next client in."""
        visit = self._ties.add(session)
        key = (visit.peer, visit.client) if visit else (session.peer, canonical(session.client.address))
        self._unlogged.discard(key)
        if alarm := self._alarms.pop(key, None):
            alarm.cancel()
        self._let_in(key)

    def log_of(self, transcript: Transcript, *, final: bool = True) -> SessionLog | None:
        """Return the session of a transcript in the log; None while there is none.

        `final=False`: None as well while another session may turn out to be the right one.
        """
        visit = self._visit_of.get(id(transcript))
        return self._ties.log_of(visit, final=final) if visit else None

    def clear(self) -> None:
        """Forget what is over."""
        self._ties.clear()
        self._visit_of.clear()
        self._unlogged.clear()

    def _must_wait(self, key: _Key) -> bool:
        return not self._suspended and key not in self._unlogged and self._ties.is_unlogged(*key)

    def _let_in(self, key: _Key) -> None:
        """Let in those who need not wait any longer, in the order of their arrival."""
        waiting = self._waiting.get(key)
        while waiting and not self._must_wait(key):
            turn, announced = waiting.popleft()
            if not turn.done():
                turn.set_result(self._ties.begin(*key, announced))
        if not waiting:
            self._waiting.pop(key, None)
        elif key not in self._alarms:
            self._alarms[key] = asyncio.get_running_loop().call_later(self._patience, self._give_up, key)

    def _give_up(self, key: _Key) -> None:
        self._alarms.pop(key, None)
        if key in self._waiting:
            self._unlogged.add(key)
            self._let_in(key)

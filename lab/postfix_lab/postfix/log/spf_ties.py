"""Assign policyd-spf's lines, which have no session id, to their sessions.

A line belongs to a session of its client-ip that was open at its time. If there are several, two facts decide, in this
order. First, spawn(8) runs one policyd-spf for each connection, and each smtpd keeps its connection, so the process id
that has answered an smtpd once answers it again. Second, what smtpd logs next (a refusal with sender and HELO, or the
queue file, whose sender qmgr logs) gets the first waiting line that matches. policyd-spf logs in lower case, and smtpd
sends it addresses without quotes. Each line is assigned to one session at most.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from postfix_lab.postfix.log.events import Accepted, PolicySpf, Queued, Reject
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.log.log_session import SessionLog

# Seconds after the end of a session in which a line that was written before may still arrive.
_LATE = 1.0


@dataclass
class _PendingLine:
    line: LogLine
    spf: PolicySpf
    candidates: list[SessionLog]


@dataclass
class _Pool:
    """The sessions of one client address at one mail host."""

    open: dict[int, SessionLog] = field(default_factory=dict)
    closed: deque[SessionLog] = field(default_factory=deque)
    waiting: list[_PendingLine] = field(default_factory=list)
    facts: dict[int, list[LogLine]] = field(default_factory=dict)
    """Lines of smtpd and qmgr that match no policyd-spf line yet, by session: lines may arrive out of order."""

    def covering(self, at: float) -> list[SessionLog]:
        """The sessions that a line of that time can be about."""
        self.purge(at)
        return [session for session in (*self.open.values(), *self.closed) if session.covers(at)]

    def purge(self, at: float) -> None:
        """Forget sessions that ended more than a second before that time."""
        while self.closed and (self.closed[0].ended or 0.0) < at - _LATE:
            self.facts.pop(id(self.closed.popleft()), None)


class SpfTies:
    """Assigns each line of policyd-spf to its session, at once or when another line decides."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str], _Pool] = {}
        self._smtpd_of: dict[tuple[str, int | None], int | None] = {}
        self._policy_of: dict[tuple[str, int | None], int | None] = {}

    def open_session(self, session: SessionLog) -> None:
        """Add an open session."""
        self._pool(session).open[id(session)] = session

    def close_session(self, session: SessionLog) -> None:
        """Mark a session as closed; a waiting line with one other candidate is assigned to that one."""
        pool = self._pool(session)
        pool.open.pop(id(session), None)
        pool.closed.append(session)
        pool.purge(session.ended or 0.0)
        for message in session.messages.values():
            if message.queued is None:  # a recipient was accepted, and then the client went away
                self.add_evidence(session, message.lines[0])
        for waiting in list(pool.waiting):
            waiting.candidates = [other for other in waiting.candidates if other is not session] or [session]
            if len(waiting.candidates) == 1:
                self._tie(waiting.candidates[0], waiting, pool)

    def add(self, line: LogLine, serving: Mapping[tuple[str, int | None], SessionLog]) -> None:
        """Assign a line, or keep it until another line decides."""
        spf = line.event
        known = serving.get((line.peer, self._smtpd_of.get((line.peer, line.pid), -1)))
        if known is not None and known.covers(line.at) and _may_concern(line, known):
            known.take(line)
            return
        pool = self._pools.get((line.peer, spf.client_ip or "")) if isinstance(spf, PolicySpf) else None
        if pool is not None and isinstance(spf, PolicySpf):
            self._wait(_PendingLine(line, spf, self._candidates(pool, line)), pool)

    def add_evidence(self, session: SessionLog, line: LogLine) -> None:
        """Assign to the session the first waiting line that matches what smtpd or qmgr has logged about it."""
        pool = self._pools.get((session.peer, session.client.address.lower()))
        if pool is None:
            return
        for waiting in pool.waiting:
            if any(other is session for other in waiting.candidates) and _fits(waiting, line):
                self._tie(session, waiting, pool)
                return
        pool.facts.setdefault(id(session), []).append(line)

    def clear(self, alive: Iterable[SessionLog]) -> None:
        """Forget everything except the open sessions and which policyd-spf serves which smtpd."""
        self._pools.clear()
        for session in alive:
            self.open_session(session)

    def _pool(self, session: SessionLog) -> _Pool:
        key = session.peer, session.client.address.lower()
        if (known := self._pools.get(key)) is None:
            known = self._pools[key] = _Pool()
        return known

    def _candidates(self, pool: _Pool, line: LogLine) -> list[SessionLog]:
        found = pool.covering(line.at)
        unserved = [s for s in found if self._policy_of.get((s.peer, s.pid), line.pid) == line.pid]
        return unserved or found

    def _wait(self, waiting: _PendingLine, pool: _Pool) -> None:
        sure = waiting.candidates[0] if len(waiting.candidates) == 1 else _earlier_match(waiting, pool)
        if waiting.candidates:
            pool.waiting.append(waiting)
        if sure is not None:
            self._tie(sure, waiting, pool)

    def _tie(self, session: SessionLog, waiting: _PendingLine, pool: _Pool) -> None:
        pool.waiting.remove(waiting)
        line = waiting.line
        session.take(line)
        self._smtpd_of[line.peer, line.pid] = session.pid
        self._policy_of[session.peer, session.pid] = line.pid


def _earlier_match(waiting: _PendingLine, pool: _Pool) -> SessionLog | None:
    """The candidate with a matching line of smtpd or qmgr that arrived before this line; None if there is none."""
    for session in waiting.candidates:
        fact = next((line for line in pool.facts.get(id(session), ()) if _fits(waiting, line)), None)
        if fact is not None:
            pool.facts[id(session)].remove(fact)
            return session
    return None


def _may_concern(line: LogLine, session: SessionLog) -> bool:
    """Whether the line names the session's client, or no client (a refusal in the admin's own words)."""
    spf = line.event
    return isinstance(spf, PolicySpf) and spf.client_ip in (None, session.client.address.lower())


def _fits(waiting: _PendingLine, line: LogLine) -> bool:
    spf, event = waiting.spf, line.event
    if waiting.line.at > line.at:
        return False
    if isinstance(event, Reject):
        refused = spf.action != "reject" or spf.header in event.text
        return refused and _same(spf.envelope_from, event.sender) and _same(spf.helo, event.helo)
    if isinstance(event, Queued):
        return spf.action != "reject" and _same(spf.envelope_from, event.sender)
    return isinstance(event, Accepted) and spf.action != "reject"


def _same(logged: str | None, said: str | None) -> bool:
    return logged is None or said is None or _bare(logged) == _bare(said)


def _bare(text: str) -> str:
    return text.lower().replace('"', "").replace("\\", "")

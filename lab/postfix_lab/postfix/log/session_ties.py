"""Which session of the log belongs to which connection of a client.

Postfix logs the client's address, and its port only with `smtpd_client_port_logging = yes` (postscreen: always). A port
decides. Without one, `connect from` belongs to the connection of that address for which the log has none yet. Normally
there is one such connection, because the next one waits (`inside/internet/admission.py`).

If there are several, they are told apart when all of them are over: by queue ids, refusals, counts of commands and
times (`session_matching.py`). So are all of a loopback address: a content filter that hands mail back connects from
there as well, at any time.

A proxy that passes a connection on may announce another client (`smtp/proxy_protocol.py`), and then that one is logged.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.events import Postscreen
from postfix_lab.postfix.log.session_matching import match_sessions

if TYPE_CHECKING:
    from postfix_lab.postfix.log.log_session import SessionLog
    from postfix_lab.smtp.transcript import Transcript

_POSTSCREEN = "postscreen"


@dataclass(eq=False)
class Visit:
    """One connection of a client to a mail host, and its sessions in the log."""

    peer: str
    """The address that the mail host logs from."""
    client: str
    port: int = 0
    """The client's port; 0 before it is connected."""
    transcript: Transcript | None = None
    """What was said; None until the connection is over."""
    screen: SessionLog | None = None
    """Its session with postscreen."""
    smtpd: SessionLog | None = None
    group: Group | None = None
    """The visits that it cannot be told apart from by order alone."""
    earlier: bool = False
    """Whether it was of an earlier run."""
    announced: tuple[str, int] | None = None
    """Address and port of the client that it announces as a proxy."""

    @property
    def may_have_reply(self) -> bool:
        """Whether the client got a reply, or may still get one: then smtpd or postscreen logs it."""
        return self.transcript is None or any(exchange.reply for exchange in self.transcript.exchanges)

    def has_port(self, port: int) -> bool:
        """Whether its client is logged with that port."""
        return port == self.port or (self.announced is not None and port == self.announced[1])

    @property
    def log(self) -> SessionLog | None:
        """Its session as far as it is known."""
        return self.smtpd or self.screen


@dataclass(eq=False)
class Group:
    """Visits of one address with a mail host, and the sessions that are theirs in an order that is not certain."""

    visits: list[Visit] = field(default_factory=list)
    sessions: list[SessionLog] = field(default_factory=list)
    _facts: int = -1
    """How much was known when they were matched last."""

    def add(self, visits: list[Visit], session: SessionLog) -> None:
        """Add a session and the visits that it may belong to."""
        for visit in visits:
            if visit.group is None:
                visit.group = self
                self.visits.append(visit)
        self.sessions.append(session)

    @property
    def is_complete(self) -> bool:
        """Whether all of it is over: each visit that was answered has a session, and each session its end."""
        answered = sum(visit.may_have_reply and not visit.earlier for visit in self.visits)
        return len(self.sessions) >= answered and all(session.is_over for session in self.sessions)

    def match(self) -> None:
        """Give each session to the visit that it fits best."""
        said = [visit.transcript for visit in self.visits]
        facts = sum(it is not None for it in said) + sum(1 + session.size for session in self.sessions)
        if facts == self._facts:
            return
        for visit, session in zip(self.visits, match_sessions(said, self.sessions), strict=True):
            visit.smtpd = session
            if session is not None:
                session.screened = visit.screen
        self._facts = facts


class SessionTies:
    """The connections of clients to mail hosts, and the sessions in the log that belong to them."""

    def __init__(self) -> None:
        self._visits: defaultdict[tuple[str, str], list[Visit]] = defaultdict(list)
        """Those without a session of smtpd, in the order of their beginning."""
        self._groups: dict[tuple[str, str], Group] = {}
        self._announced: defaultdict[tuple[str, str], list[Visit]] = defaultdict(list)
        """Those among them that announce another client, by its address."""

    def begin(self, peer: str, client: str, announced: tuple[str, int] | None = None) -> Visit:
        """Add a connection that is about to be opened; `announced`: the client that it announces as a proxy."""
        visit = Visit(peer, canonical(client), announced=announced)
        self._visits[peer, visit.client].append(visit)
        if announced:
            self._announced[peer, canonical(announced[0])].append(visit)
        if is_loopback(visit.client):
            visit.group = self._groups.setdefault((peer, visit.client), Group())
            visit.group.visits.append(visit)
        return visit

    def drop(self, visit: Visit) -> None:
        """Remove a connection that was never opened."""
        self._remove(visit)
        if visit.group is not None and visit in visit.group.visits:
            visit.group.visits.remove(visit)

    def is_unlogged(self, peer: str, client: str) -> bool:
        """Whether the log has nothing yet about a connection of that address, and it will come."""
        return any(v.log is None and v.may_have_reply and not v.earlier for v in self._visits.get((peer, client), ()))

    def add(self, session: SessionLog) -> Visit | None:
        """Give a new session of the log to the connection that it is about; return that, as far as it is known."""
        key = session.peer, canonical(session.client.address)
        visits, port = [*self._visits.get(key, ()), *self._announced.get(key, ())], session.client.port
        if session.service == _POSTSCREEN:
            screened = [visit for visit in visits if port and visit.has_port(port) and visit.screen is None]
            for visit in screened[:1]:
                visit.screen = session
            return next(iter(screened), None)
        if port is not None:
            visits = [visit for visit in visits if visit.has_port(port)][:1]
        else:
            visits = [v for v in visits if v.screen is None or not v.screen.is_over]
            if is_loopback(key[1]) and key in self._groups:
                self._groups[key].sessions.append(session)
        return self._tie(key, visits, session) if visits else None

    def log_of(self, visit: Visit, *, final: bool = True) -> SessionLog | None:
        """The session of a connection; None while there is none, or none that is certain.

        `final`: nothing more is waited for, so the one that fits best counts as certain.
        """
        if visit.group is not None:
            if not (final or visit.group.is_complete):
                return None
            visit.group.match()
        return visit.log

    def clear(self) -> None:
        """Forget all connections but those of the last run for which the log still has nothing: it may come."""
        for key, visits in list(self._visits.items()):
            visits[:] = [visit for visit in visits if visit.log is None and not visit.earlier]
            for visit in visits:
                visit.earlier, visit.group = True, None
            if not visits:
                del self._visits[key]
        self._groups.clear()
        self._announced.clear()

    def _tie(self, key: tuple[str, str], visits: list[Visit], session: SessionLog) -> Visit:
        first = min(visits, key=_unlikelihood)
        first.smtpd, session.screened = session, session.screened or first.screen
        self._remove(first)
        if not is_loopback(key[1]) and (len(visits) > 1 or first.group is not None):
            self._groups.setdefault(key, Group()).add(visits, session)
        return first

    def _remove(self, visit: Visit) -> None:
        """Take it from those without a session."""
        lists = [self._visits[visit.peer, visit.client]]
        if visit.announced:
            lists.append(self._announced[visit.peer, canonical(visit.announced[0])])
        for visits in lists:
            if visit in visits:
                visits.remove(visit)


def _unlikelihood(visit: Visit) -> tuple[bool, bool]:
    """Sort key: lowest for the connection that the next `connect from` of smtpd is most likely about."""
    waits = visit.screen is not None and not _has_passed(visit.screen)
    return visit.earlier or not visit.may_have_reply, waits


def _has_passed(screen: SessionLog) -> bool:
    """Whether postscreen has logged that it passes the client to smtpd."""
    actions = (event.action for _, event in screen.events(Postscreen))
    return any(action.startswith("PASS") or action in ("ALLOWLISTED", "WHITELISTED") for action in actions)


@lru_cache(maxsize=4096)
def is_loopback(address: str) -> bool:
    """Whether it is an address of the mail host's own loopback."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def canonical(address: str) -> str:
    """The address in the form in which Postfix logs it; a text that is no address is returned as it is."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address

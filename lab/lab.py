"""The lab: the only place where saying and seeing meet.

`Lab.run` lets a scenario happen and returns what was seen; it never judges. `judge` does, from
the evidence alone, so that evidence can be judged again without an engine.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from lab import addresses
from lab.engine import cleanup
from lab.engine.client import EngineName, connect
from lab.engine.container import Containers
from lab.engine.images import ensure
from lab.errors import InputError, LabError, PostfixError
from lab.evidence import Evidence
from lab.internet.internet import Internet
from lab.internet.order import PeerOrder, Sighting
from lab.internet.smtp.dialogue import Auth
from lab.mailhost.facts import RELEASES
from lab.mailhost.host import MailHost
from lab.mailhost.log import parse
from lab.scenario import canary
from lab.scenario.own import zones_of
from lab.scenario.world import World

if TYPE_CHECKING:
    from lab.engine.client import Engine
    from lab.internet.dns.zone import ZoneText
    from lab.mailhost.config import Setup
    from lab.scenario.scenario import Scenario

_ERROR = 3
"""Severity of `error:`, and above it of `fatal:` and `panic:` (syslog(3))."""


class _Place(NamedTuple):
    """Where a mail host stands: its number on the Internet decides its addresses."""

    debian: int
    number: int


class Lab:
    """One Internet and the mail hosts on it, for one process."""

    def __init__(self, engine: Engine, progress: Callable[[str], None] = lambda _: None, *, kept: bool = False) -> None:
        self.engine = engine
        self._progress = progress
        self._images: dict[str, str] = {}
        self._containers = Containers(engine, self._images, cleanup.labels(secrets.token_hex(4), kept=kept), kept)
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="lab")
        self._lock = threading.RLock()
        self._internet: Future[Internet] | None = None
        self._raw: dict[_Place, Future[MailHost]] = {}
        self._cables: dict[_Place, Future[None]] = {}
        self._hosts: dict[_Place, Future[MailHost]] = {}
        self._unclean: set[_Place] = set()
        self._own: dict[MailHost, tuple[Setup, tuple[ZoneText, ...]]] = {}
        self._shown: tuple[World, tuple[str, ...]] | None = None

    def ahead(self, releases: Iterable[int]) -> None:
        """Start the containers that such a run will need, while it is still being worked out which setups it wants."""
        wanted = list(releases)
        needed = [
            name for name in ("internet", *(f"postfix-{RELEASES[d]}" for d in wanted)) if name not in self._images
        ]
        if needed:
            self._images.update(ensure(self.engine, needed, self._progress))
        if self._internet is None:
            self._internet = self._pool.submit(Internet, self._containers)
        for debian in wanted:
            self._container(_Place(debian, 0))

    def begin(self, wanted: Iterable[tuple[int, Setup]]) -> None:
        """Start the Internet and a mail host for each release wanted, side by side, without waiting."""
        setups = dict(wanted)
        self.ahead(setups)
        for debian, setup in setups.items():
            self._boot(_Place(debian, 0), setup)

    def plugged(self) -> None:
        """Return when each mail host that is starting has its cable, or will never have one."""
        wait(self._cables.values())

    def mail_host(self, debian: int, setup: Setup, number: int = 0, *, afresh: bool = False) -> MailHost:
        """The mail host of that release in that setup; `number` tells several of one release apart.

        It is started, or changed to the setup (`afresh`: by a new start), or just returned when it is in it already.
        """
        if debian not in RELEASES:
            raise InputError(f"there is no Debian {debian!r} here; the lab knows {', '.join(map(str, RELEASES))}")
        place = _Place(debian, number)
        if place not in self._hosts:
            self.ahead([debian])
            self._boot(place, setup)
        host = self._hosts[place].result()
        self._empty(place, host)
        if not host.runs(setup):
            if afresh:
                host.distrust()
            self._change(host, replace(setup))  # Its files are read again: somebody may be editing them.
        host.forget()
        return host

    @property
    def internet(self) -> Internet:
        """The Internet, once it is up."""
        if self._internet is None:
            self.ahead([])
        if self._internet is None:
            raise LabError("The Internet was not started.")
        return self._internet.result()

    def run(self, host: MailHost, scenario: Scenario, limit: float = 30.0, *, hurry: float = 0.0) -> Evidence:
        """Let a scenario happen to that mail host and return all that was seen; never judges.

        `limit` in seconds is how long a reply, and then the end of the log, is waited for; `hurry` (0: no matter)
        how long from the moment on at which the log says that a daemon died; then what was logged before is kept.
        """
        world = self._world(host, scenario)
        sighting = self._sight(host, world, scenario, limit, hurry)
        unfinished = any(m.startswith("the log of") for m in sighting.trouble)
        if unfinished or any(" status=deferred " in line.text for log in sighting.logs for line in log):
            self._unclean.update(place for place, future in self._hosts.items() if future.result() is host)
        return Evidence(
            scenario=scenario.name,
            mail_host=host.facts(),
            world=replace(scenario.world, hosts=world.hosts),
            sessions=sighting.transcripts,
            log=tuple(parse(line) for log in sighting.logs for line in log),
            other_log=tuple(parse(line) for line in sighting.other_log if line.peer in host.addresses),
            queries=sighting.queries,
            messages=sighting.messages,
            postconf=host.postconf,
            configured=host.configured,
            trouble=sighting.trouble,
            replay=scenario.replay,
            started=min((t.started for t in sighting.transcripts), default=0.0),
            finished=max((t.finished for t in sighting.transcripts), default=0.0),
        )

    def close(self) -> None:
        """Remove everything that this lab started, also what is still starting."""
        self._pool.shutdown(cancel_futures=True)
        started = [f for f in (*self._raw.values(), self._internet) if f and not f.cancelled() and not f.exception()]
        self._raw, self._hosts, self._internet = {}, {}, None
        with ThreadPoolExecutor(8) as removers:
            list(removers.map(lambda future: future.result().remove(), started))
        cleanup.remove_run(self.engine, self._containers.labels)

    def _empty(self, place: _Place, host: MailHost) -> None:
        """Nothing of what went before is in the queue, or still to be logged."""
        if place in self._unclean:
            host.empty_queue()
            if not self.internet.barrier(*host.mark()):
                raise LabError(
                    f"The log of the {host.container.name} does not arrive any more: rsyslogd or the cable is gone."
                )
            self.internet.clear()
            self._unclean.discard(place)

    def _container(self, place: _Place) -> Future[MailHost]:
        """The container of a mail host; its number on the Internet decides its addresses."""
        if place not in self._raw:
            where = addresses.mail_host(len(self._raw))
            self._raw[place] = self._pool.submit(MailHost, self._containers, place.debian, where, place.number)
        return self._raw[place]

    def _boot(self, place: _Place, setup: Setup) -> None:
        # The container is asked for first: the pool works in order, so nobody waits for what cannot start.
        if place not in self._hosts:
            container = self._container(place)
            self._cables[place] = self._pool.submit(self._plug, container)
            self._hosts[place] = self._pool.submit(self._start, container, self._cables[place], setup)

    def _plug(self, container: Future[MailHost]) -> None:
        host = container.result()
        self.internet.plug(host.container, host.addresses)

    def _start(self, container: Future[MailHost], cable: Future[None], setup: Setup) -> MailHost:
        """Boot a mail host; one whose setup is no good is up without any, and whoever asks for it hears why."""
        host = container.result()
        with ThreadPoolExecutor(1) as aside:
            prepared = aside.submit(host.prepare, setup)
            cable.result()
            host.listen()
        self._pool.submit(self._get_ready, setup)
        with contextlib.suppress(LabError):
            prepared.result()
            host.start(setup)
            self._proved(host)
        return host

    def _get_ready(self, setup: Setup) -> None:
        """Show an empty world while Postfix starts: the first one takes longer than those that follow."""
        with self._lock:
            if self._shown is None:
                self.show(World(), setup.resolvers)

    def _change(self, host: MailHost, setup: Setup) -> None:
        with self._explained(host):
            host.change(setup)
        self._proved(host)

    def _proved(self, host: MailHost) -> None:
        try:
            self._canary(host)
        except LabError:
            host.setup = None  # The next test that wants this setup must not find it in place, unproved.
            raise

    @contextlib.contextmanager
    def _explained(self, host: MailHost) -> Iterator[None]:
        """Put what was logged into the error: Postfix's commands complain to the log, not to their caller."""
        try:
            yield
        except InputError:
            raise
        except LabError as error:
            said = ""
            with contextlib.suppress(LabError):
                self.internet.barrier(*host.mark())
                loud = [line for line in self.internet.seen().other_log if line.severity <= _ERROR]
                said = "".join(f"\n  {line.program}: {line.text}" for line in loud if line.peer in host.addresses)
            kind = PostfixError if isinstance(error, PostfixError) else LabError
            raise host.blame(kind(f"{error}{said}"), f"{error}{said}") from error

    def _canary(self, host: MailHost) -> None:
        """Prove that the lab can tell a refusal from an acceptance, unless the setup says that it cannot."""
        setup = host.setup
        if setup is None or not setup.canary or not (chosen := host.fitted().canary).relay:
            return
        scenario = canary.scenario(setup, chosen.recipient)
        seen = self._sight(host, self._world(host, scenario), scenario, chosen.patience)
        if grief := canary.grief(seen):
            raise host.blame(LabError(f"The canary of the {host.container.name} came to grief: {grief}"), grief)

    def _world(self, host: MailHost, scenario: Scenario) -> World:
        clients = [session.client for session in scenario.sessions]
        hosts = dict.fromkeys((*scenario.world.hosts, *clients))
        return replace(scenario.world, hosts=tuple(hosts), zones=(*scenario.world.zones, *self._own_zones(host)))

    def _own_zones(self, host: MailHost) -> tuple[ZoneText, ...]:
        """The mail host's own domain, worked out once for each setup."""
        if host.setup is None:
            raise LabError(f"{host.container.name} has not booted.")
        known = self._own.get(host)
        if known is None or known[0] is not host.setup:
            known = self._own[host] = host.setup, zones_of(host.fitted(), host.addresses)
        return known[1]

    def show(self, world: World, resolvers: tuple[str, ...]) -> None:
        """Make the Internet that world; the one that it is already costs a comparison."""
        peers = [
            PeerOrder(address, remote.own_name, remote.mta)
            for remote in world.hosts
            if remote.mta is not None
            for address in remote.addresses
        ]
        with self._lock:
            if (world, resolvers) != self._shown:
                self.internet.become(world.dns_zones(), world.dns_faults(), peers, resolvers)
                self._shown = world, resolvers

    def _sight(self, host: MailHost, world: World, scenario: Scenario, limit: float, hurry: float = 0.0) -> Sighting:
        host.fresh = False
        if any(isinstance(step, Auth) for session in scenario.sessions for step in session.dialogue.steps):
            host.await_auth()
        orders = [session.order(session.server or host.facing(session.address)) for session in scenario.sessions]
        with self._lock:  # Another mail host may be starting: its canary has a world of its own.
            self.show(world, host.setup.resolvers if host.setup else ())
            return self.internet.run(orders, limit, in_turn=scenario.in_turn, hurry=hurry)


@contextlib.contextmanager
def open_lab(
    engine: EngineName | None = None, progress: Callable[[str], None] = lambda _: None, *, kept: bool = False
) -> Iterator[Lab]:
    """A lab that is removed at the end, whatever happens, unless it is to be kept.

    What dead runs left is removed first.
    """
    connected = connect(engine)
    cleanup.sweep(connected)
    opened = Lab(connected, progress, kept=kept)
    try:
        yield opened
    finally:
        if not kept:
            opened.close()

"""The lab: one Internet and its mail hosts; it runs scenarios and collects the evidence.

`Lab.run` runs a scenario and returns what was seen; it never judges. `judge` does, from
the evidence alone, so that evidence can be judged again without an engine.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from postfix_lab import addresses
from postfix_lab.errors import InputError, LabError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.protocol import Sighting
from postfix_lab.postfix.releases import CANCELLING, RELEASES
from postfix_lab.runtime import canary
from postfix_lab.runtime.gathering import gather
from postfix_lab.runtime.internet import Internet
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.runtime.logged_errors import add_logged_errors
from postfix_lab.runtime.mail_host import MailHost
from postfix_lab.runtime.mail_host_plan import image, mail_host
from postfix_lab.runtime.orders import session_orders
from postfix_lab.runtime.startup.launch import launch
from postfix_lab.runtime.worlds import Worlds
from postfix_lab.scenario.world import World
from postfix_lab.serialization import pause_gc
from postfix_lab.smtp.dialogue import Auth
from postfix_lab.text import printable

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.engine.container import Containers
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.scenario.scenario import Scenario


class _Slot(NamedTuple):
    """Identifies a mail host: its release, a number among those of the release, and extra packages."""

    debian: int
    number: int = 0
    packages: tuple[str, ...] = ()
    """Packages that its image has besides those of the default image."""


class Lab:
    """One Internet and the mail hosts on it, for one process."""

    def __init__(self, containers: Containers, progress: Callable[[str], None] = lambda _: None) -> None:
        self.engine = containers.engine
        self._progress = progress
        self._containers = containers
        self._pool = ThreadPoolExecutor(max_workers=16, thread_name_prefix="lab")
        self._lock = threading.RLock()
        self._internet: Future[Internet] | None = None
        self._raw: dict[_Slot, Future[MailHost]] = {}
        self._prepared: dict[_Slot, Future[LabError | None]] = {}
        self._hosts: dict[_Slot, Future[MailHost]] = {}
        self._worlds = Worlds()

    def start_mail_hosts(self, wanted: Iterable[tuple[int, Setup]]) -> None:
        """Start the Internet and a mail host for each release and image wanted, in parallel; does not wait."""
        setups = {_Slot(debian, packages=setup.packages): setup for debian, setup in wanted}
        self._launch(setups)
        for place, setup in setups.items():
            self._boot(place, setup)

    def wait_until_prepared(self) -> None:
        """Wait until each mail host is ready to start Postfix, or has failed."""
        wait(self._prepared.values())

    def mail_host(self, debian: int, setup: Setup, number: int = 0, *, afresh: bool = False) -> MailHost:
        """Return the mail host of that release in that setup; `number` tells several of one release apart.

        It is started, or changed to the setup (`afresh`: by a restart), or returned as it is if it has that setup.
        """
        if debian not in RELEASES:
            raise InputError(f"there is no Debian {debian!r} here; the lab knows {', '.join(map(str, RELEASES))}")
        place = _Slot(debian, number, setup.packages)
        if place not in self._hosts:
            self._launch([place])
            self._boot(place, setup)
        host = self._hosts[place].result()
        host.repair()
        if self.internet.repair():  # rsyslogd logs the lost connection on each mail host.
            for other in self._hosts.values():
                other.result().wear.queue_dirty = True
        self._empty_queue(host)
        if not host.runs(setup):
            if afresh:
                host.require_restart()
            self._change(host, replace(setup))  # Its files are read again: they may have been edited.
        host.reset()
        return host

    @property
    def internet(self) -> Internet:
        """Return the Internet; waits until it is up."""
        if self._internet is None:
            self._launch(())
        if self._internet is None:
            raise LabError("The Internet was not started.")
        return self._internet.result()

    def run(self, host: MailHost, scenario: Scenario, limit: float = 30.0, *, hurry: float = 0.0) -> Evidence:
        """Run a scenario against that mail host and return all that was seen; never judges.

        `limit`: seconds to wait for each reply, and then for the end of the log. `hurry`: seconds to wait once the
        log reports a dead daemon (0: no such limit); with it, what was logged before the run is kept.
        """
        with pause_gc():
            world = self._worlds.for_scenario(host, scenario)
            host.forget_list_answers(self._worlds.dns_list_data(world))
            seen = self._observe(host, world, scenario, limit, hurry)
            return self.gather(host, scenario, seen)

    def gather(self, host: MailHost, scenario: Scenario, sighting: Sighting) -> Evidence:
        """Return the evidence of the last run, which was of this scenario, from what was seen of it so far."""
        shown = replace(scenario.world, hosts=self._worlds.for_scenario(host, scenario).hosts)
        facts, known = host.facts(), host.described
        with pause_gc():
            seen = gather(scenario, shown, sighting, facts, postconf=known.postconf, configured=known.configured)
        unfinished = any(missing.startswith("the log of") for missing in sighting.trouble)
        host.wear.note_log((*seen.log, *seen.other_log), unfinished=unfinished)
        return seen

    def advance_clock(
        self, host: MailHost, scenario: Scenario, until: Sequence[str], limit: float, **span: float
    ) -> Evidence:
        """Put that mail host's clock forward by `span`; return what Postfix did until the log had all texts of `until`.

        `limit`: seconds to wait for each text.
        """
        with self._lock:
            self.show(self._worlds.for_scenario(host, scenario), host.current_setup.resolvers)
            self.internet.clear()
            host.clock.advance(**span)
            missing = [text for text in until if not self.internet.barrier(text, 1, limit)]
            self.internet.barrier(*host.mark())
            sighting = self.internet.seen()
        trouble = (f"{printable(text)!r} was not logged within {limit:g} s of it" for text in missing)
        known = host.described
        facts, seen = host.facts(), replace(sighting, trouble=(*trouble, *sighting.trouble))
        return gather(scenario, scenario.world, seen, facts, postconf=known.postconf, configured=known.configured)

    def close(self) -> None:
        """Remove everything that this lab started, including what is still starting."""
        self._pool.shutdown(cancel_futures=True)
        started = [f for f in (*self._raw.values(), self._internet) if f and not f.cancelled() and not f.exception()]
        self._raw, self._hosts, self._internet = {}, {}, None
        with ThreadPoolExecutor(8) as removers:
            list(removers.map(lambda future: future.result().remove(), started))
        self._containers.close()

    def _empty_queue(self, host: MailHost) -> None:
        """Empty the queue and wait for the log, if an earlier test left something."""
        if host.wear.queue_dirty:
            host.empty_queue()
            # Twice: after a lost connection rsyslogd logs about it behind the first mark.
            if not all(self.internet.barrier(*host.mark()) for _ in range(2)):
                name = host.container.name
                raise LabError(f"The log of the {name} does not arrive any more: rsyslogd or the cable is gone.")
            self.internet.clear()
            host.wear.queue_dirty = False

    def _launch(self, places: Collection[_Slot]) -> None:
        """Start the containers of the Internet and of these mail hosts in parallel; missing images are built first."""
        names = (image(place.debian, place.packages) for place in places)
        self._containers.provide((INTERNET.image, *names), self._progress)
        if self._internet is None:
            self._internet = self._pool.submit(Internet, self._containers)
        for place in places:
            self._container(place)

    def _container(self, place: _Slot) -> Future[MailHost]:
        """Start the container of a mail host; the order of the starts decides its addresses."""
        if place not in self._raw:
            plan = mail_host(place.debian, place.number, place.packages)
            where = addresses.mail_host(len(self._raw))
            self._raw[place] = self._pool.submit(MailHost, self._containers, plan, place.debian, where)
        return self._raw[place]

    def _boot(self, place: _Slot, setup: Setup) -> None:
        # The container is submitted first: the pool works in order, so no task waits for one that cannot start.
        if place not in self._hosts:
            container = self._container(place)
            self._prepared[place] = self._pool.submit(self._prepare, container, setup)
            self._hosts[place] = self._pool.submit(self._start, container, self._prepared[place], setup)

    def _prepare(self, container: Future[MailHost], setup: Setup) -> LabError | None:
        """Make a mail host ready to start Postfix; a `LabError` of its setup is returned, other errors are raised."""
        host = container.result()
        with ThreadPoolExecutor(1) as aside:
            prepared = aside.submit(host.prepare, setup)
            self.internet.plug(host.container, host.addresses)
            host.start_syslog()
        wrong = prepared.exception()
        if wrong is None or isinstance(wrong, LabError):
            return wrong
        raise wrong

    def _start(self, container: Future[MailHost], prepared: Future[LabError | None], setup: Setup) -> MailHost:
        """Boot a mail host; if its setup fails it has none, and `mail_host` raises the reason."""
        host = container.result()
        known = self._pool.submit(self._register, host, setup)
        if prepared.result() is not None:
            return host
        with contextlib.suppress(LabError), ThreadPoolExecutor(1) as aside:
            host.start(setup)
            described = aside.submit(host.describe)  # A mail host is handed out only with its description.
            known.result()
            self._verify(host)
            described.result()
        return host

    def _register(self, host: MailHost, setup: Setup) -> None:
        """Register it with the Internet, and show an empty world during the boot: the first world takes longest."""
        with self._lock:
            self.internet.register(host.addresses, cancels=host.debian in CANCELLING)
            if not self._worlds.has_shown:
                self.show(World(), setup.resolvers)

    def _change(self, host: MailHost, setup: Setup) -> None:
        with add_logged_errors(self.internet, host):
            host.change(setup)
        self._verify(host)

    def _verify(self, host: MailHost) -> None:
        try:
            self._run_canary(host)
            host.fill_disk()
        except LabError as error:
            host.reject_setup(error)
            raise

    def _run_canary(self, host: MailHost) -> None:
        """Run the canary, unless the setup goes without; raises `LabError` or `InputError` if it fails."""
        setup = host.setup
        if setup is None or setup.canary is None or not (chosen := host.fitted().canary).relay:
            return
        scenario = canary.scenario(setup, chosen.recipient)
        seen = self._observe(host, self._worlds.for_scenario(host, scenario), scenario, chosen.patience)
        host.wear.other_clients = False
        if failure := canary.failure(setup, seen):
            error = host.blame(LabError(f"The canary of the {host.container.name} failed: {failure}"), failure)
            if setup.canary or isinstance(error, InputError):
                raise error

    def show(self, world: World, resolvers: tuple[str, ...]) -> None:
        """Have the Internet show that world; does nothing if it shows it already."""
        with self._lock:
            self._worlds.show(self.internet, world, resolvers)

    def _observe(self, host: MailHost, world: World, scenario: Scenario, limit: float, hurry: float = 0.0) -> Sighting:
        host.wear.unused, host.wear.other_clients = False, True
        if any(isinstance(step, Auth) for session in scenario.sessions for step in session.dialogue.steps):
            host.collaborators.await_ready()
        orders = session_orders(scenario, host.address_for)
        with self._lock:  # Another mail host may be starting, whose canary needs another world.
            self.show(world, host.current_setup.resolvers)
            turns, places = scenario.in_turn, scenario.at_once
            sighting = self.internet.run(orders, limit, in_turn=turns, at_once=places, hurry=hurry)
        if sighting.doubtful and (failure := host.failure()):
            return replace(sighting, trouble=(*sighting.trouble, failure))
        return sighting


@contextlib.contextmanager
def open_lab(
    engine: EngineName | None = None,
    progress: Callable[[str], None] = lambda _: None,
    *,
    launched: Containers | None = None,
) -> Iterator[Lab]:
    """Open a lab and remove it at the end, whatever happens, unless its containers are to be kept.

    Containers of dead runs are removed first. `launched`: containers that were started before.
    """
    containers = launched or launch(engine, (), progress)
    opened = Lab(containers, progress)
    try:
        yield opened
    finally:
        if not containers.kept:
            opened.close()

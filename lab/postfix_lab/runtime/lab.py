"""The lab: one Internet and its mail hosts, each brought into the setup that is asked for and proved by its canary.

`executor.py` runs scenarios in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from postfix_lab import addresses
from postfix_lab.errors import InputError, LabError
from postfix_lab.fit.required_services import missing_services
from postfix_lab.postfix.releases import CANCELLING, RELEASES
from postfix_lab.runtime import canary
from postfix_lab.runtime.internet import Internet
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.runtime.logged_errors import add_logged_errors
from postfix_lab.runtime.mail_host import MailHost
from postfix_lab.runtime.mail_host_plan import image, mail_host
from postfix_lab.runtime.observer import Observer
from postfix_lab.runtime.startup.launch import launch
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.world import World

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.engine.container import Containers
    from postfix_lab.runtime.setup import Setup


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
        self._internet: Future[Internet] | None = None
        self._raw: dict[_Slot, Future[MailHost]] = {}
        self._prepared: dict[_Slot, Future[LabError | None]] = {}
        self._hosts: dict[_Slot, Future[MailHost]] = {}
        self.observer = Observer(lambda: self.internet)
        """Holds the sessions of scenarios."""

    def start_mail_hosts(self, wanted: Iterable[Target]) -> None:
        """Start the Internet and these mail hosts, in parallel; does not wait."""
        setups = {_Slot(want.debian, want.number, want.setup.packages): want.setup for want in wanted}
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
        with self.observer.lock:
            self.internet.register(host.addresses, cancels=host.debian in CANCELLING)
            if not self.observer.worlds.has_shown:
                self.observer.show(World(), setup.resolvers)

    def _change(self, host: MailHost, setup: Setup) -> None:
        with add_logged_errors(self.internet, host):
            host.change(setup)
        described = self._pool.submit(host.describe)  # Beside the canary: it takes as long as a sixth of that.
        try:
            self._verify(host)
        finally:
            wait([described])
        described.result()

    def _verify(self, host: MailHost) -> None:
        try:
            if (setup := host.setup) and (incomplete := missing_services(host.fit(), setup.source)):
                raise incomplete
            self._run_canary(host)
            host.fill_disk()
        except LabError as error:
            host.reject_setup(error)
            raise

    def _run_canary(self, host: MailHost) -> None:
        """Run the canary, unless the setup goes without; raises `LabError` or `InputError` if it fails."""
        setup = host.setup
        if setup is None or setup.canary is None or not (chosen := host.fit().canary).relay:
            return
        scenario = canary.scenario(setup, chosen)
        host.wear.list_answers = self.observer.worlds.dns_list_data(self.observer.worlds.for_scenario(host, scenario))
        with self.observer.lock:
            self.internet.clear()  # A daemon of the setup before may have died, which says nothing about this one.
            (seen,) = self.observer.observe((host,), scenario, chosen.patience, hurry=chosen.dead_limit)
            if again := canary.next_visit(scenario, chosen):
                (later,) = self.observer.observe((host,), again, chosen.patience, hurry=chosen.dead_limit)
                seen = canary.add_visit(seen, later)
        host.wear.note_log((*sum(seen.logs, ()), *seen.other_log), unfinished=bool(seen.trouble))
        self.internet.barrier(*host.mark())  # Nothing of the canary may arrive during the next run.
        if failure := canary.failure(setup, seen, greylisted=chosen.greylisted):
            said = host.blame(LabError(f"The canary of the {host.container.name} failed: {failure}"), failure)
            fatal = canary.fatal_line(seen)
            unknown = not isinstance(said, InputError)
            error = canary.fatal_error(fatal, setup.source) if fatal and unknown else said
            if setup.canary or isinstance(error, InputError):
                raise error


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

"""What a lab answers, to commands of its own process or to those that reach it through the keeper's socket.

The mail hosts that the lab was started with are left as they are: a scenario that wants another configuration or
another chroot meets a second mail host of that release. Between two scenarios the Internet is the world *at rest*: the
zones of the files, and one good host from which a person may try things by hand.
"""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.addresses import RESOLVER6
from postfix_lab.audit.examine import examine
from postfix_lab.audit.examined import Examination
from postfix_lab.engine.client import explain_death
from postfix_lab.errors import LabError
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.own_zones import own_domain, own_zones
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.world import Host, World
from postfix_lab.standing.requests import KeeperVerbs
from postfix_lab.standing.standing_record import LabRecord, MailHostRecord, own_start
from postfix_lab.standing.zone_watch import ZoneFiles
from postfix_lab.verbs import Tell

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.inside.internet.protocol import News
    from postfix_lab.runtime.executor import Executor
    from postfix_lab.runtime.mail_host import MailHost

GOOD = Host(("203.0.113.10", "2001:db8:113::10"), name="mail.good.example")
"""The host of the world that is shown between scenarios."""
_WAIT = 10.0
"""Seconds after which a listener without news gets an empty part, which fails if the listener has gone."""


class KeeperService(KeeperVerbs):
    """One lab that serves one request at a time; only `news` runs in parallel."""

    def __init__(self, executor: Executor, zones: ZoneFiles) -> None:
        """`executor`: of a lab whose own mail hosts have one setup."""
        self._executor, self._lab, self._zones = executor, executor.lab, zones
        self._setup = executor.own[0].setup
        self._one = threading.RLock()
        self._resting = False
        self._used = False
        """Whether something was logged since the start of the mail hosts."""
        self._unrest = ""

    def with_engine_hint(self, error: LabError) -> LabError:
        """Return error; if the engine is gone, one that says how to restart it."""
        if error.exit_code != LabError.exit_code or not (why := explain_death(self._lab.engine)):
            return error
        remedy = "Start it (`make engine`); `postfix-lab down` removes what stands here, `up` makes it anew."
        return LabError(f"{why}. {remedy}")

    def start(self) -> None:
        """Wait for the mail hosts, and follow changes of the zone files from now on."""
        self._show_resting_world()
        self._zones.watch(self._reload_zone)

    @property
    def notes(self) -> list[str]:
        """Sentences for the user: zone files that cannot be used, and why the world between scenarios is not shown."""
        return [*self._zones.complaints, *([self._unrest] if self._unrest else [])]

    @property
    def record(self) -> LabRecord:
        """The lab's record for `standing_record.py`."""
        engine = self._lab.engine
        places = [
            MailHostRecord(host.debian, host.container.engine_name, host.addresses, host.facts().postfix)
            for host in self._hosts()
        ]
        return LabRecord(
            pid=os.getpid(),
            started=own_start(),
            engine=engine.name,
            version=engine.version,
            url=engine.url,
            internet=self._lab.internet.container.engine_name,
            configuration=str(self._setup.configuration),
            domain=own_domain(self._setup),
            mail_hosts=tuple(places),
            zones=tuple(map(str, self._zones.paths)),
            tables=str(self._setup.csv or ""),
            at=self._setup.at,
            define=tuple(f"{name}={value}" for name, value in self._setup.define.items()),
        )

    def execute(self, job: Job) -> list[Evidence]:
        """Run the scenario and return what was seen; the zones of the files are added to its world."""
        with self._one:
            targets = tuple(map(self._place, job.targets or (self._executor.default_target(),)))
            world = job.scenario.world
            world = replace(world, zones=(*world.zones, *self._zones.current()))
            self._resting, self._used = False, True
            scenario = replace(job.scenario, world=world)
            return self._executor.execute(replace(job, scenario=scenario, targets=targets))

    def examine(self, target: Target) -> Examination:
        """Try a configuration, on the mail host that runs it already or on a second one of that release."""
        with self._one:
            if self._used:
                self._lab.internet.clear()
            self._resting, self._used = False, True
            return examine(self._executor, self._place(target))

    def reset_world(self) -> None:
        """Show the world between scenarios; if that fails, `notes` says why."""
        try:
            self._show_resting_world()
        except LabError as error:
            self._unrest = f"The world between two scenarios is not what `up` made it: {error}"
        else:
            self._unrest = ""

    def _show_resting_world(self) -> None:
        with self._one:
            if self._resting:
                return
            hosts = self._hosts()
            own = [zone for host in hosts for zone in own_zones(self._setup, host.addresses)]
            self._lab.observer.show(World((*self._zones.current(), *own), (GOOD,)), (*self._setup.resolvers, RESOLVER6))
            self._resting = True

    def recent_news(self) -> list[News]:
        """Return what was seen lately, in scenarios or not."""
        return self._lab.internet.news(0, 0.0)

    def news(self, tell: Tell[list[News]]) -> None:
        """Send what is seen from now on; regular empty parts fail if the listener has gone."""
        after = self._lab.internet.latest()
        tell([])
        while True:
            found = self._lab.internet.news(after, _WAIT)
            after = found[-1].number if found else after
            tell(found)

    def _place(self, target: Target) -> Target:
        """Return the target on one of the lab's own mail hosts if that has its setup, else on one beside them."""
        return replace(target, number=0 if replace(target, number=0) in self._executor.own else max(target.number, 1))

    def _hosts(self) -> list[MailHost]:
        return [self._executor.prepare(target) for target in self._executor.own]

    def _reload_zone(self, path: Path) -> None:
        """Serve a changed zone file as soon as no scenario runs; add a remark to the news."""
        with self._one:
            self._zones.current()
            self._resting = False
            self.reset_world()
            note = self._zones.complaint(path) or self._unrest or f"{path} was read again."
            with suppress(LabError):  # Without an Internet there are no listeners.
                self._lab.internet.note(note)

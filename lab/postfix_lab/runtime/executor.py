"""Runs scenarios against setups, in a lab that is shared, starts, or stands; every command and fixture runs them here.

Nothing is judged here: `judge` does, from the evidence alone, so that it can be judged again without an engine.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from postfix_lab.dns.namespace import added_records
from postfix_lab.errors import LabError
from postfix_lab.inside.mailhost.stub_rules import MOST
from postfix_lab.runtime.gathering import gather
from postfix_lab.runtime.job import LIMIT, PREFERRED, Job, JobRunner
from postfix_lab.runtime.lab import Lab, open_lab
from postfix_lab.runtime.mailboxes import unlisted_recipients
from postfix_lab.runtime.target import Target, assign_numbers
from postfix_lab.serialization import pause_gc
from postfix_lab.text import printable

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.inside.internet.protocol import Sighting
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.scenario.scenario import Scenario

_DROPPED = f"milters and policy services were given more than the {MOST} things that are kept"


class Executor(JobRunner):
    """Runs scenarios in one lab of this process, one job at a time."""

    def __init__(
        self, lab: Lab, progress: Callable[[str], None] = lambda _: None, own: Sequence[Target] = ()
    ) -> None:
        """`own`: the mail hosts for jobs that name none."""
        self.lab = lab
        """The Internet and the mail hosts, which everything that runs here shares."""
        self.own = tuple(own)
        self._progress = progress

    def with_progress(self, progress: Callable[[str], None]) -> Executor:
        """Return an executor in the same lab that tells its progress to `progress`."""
        return Executor(self.lab, progress, self.own)

    def start(self, targets: Iterable[Target]) -> None:
        """Start the Internet and these mail hosts in parallel; does not wait. One that is needed later starts then."""
        self.lab.start_mail_hosts(targets)

    def prepare(self, target: Target, *, afresh: bool = False) -> MailHost:
        """Return the mail host in that setup, without what earlier runs left; it is started or changed if necessary.

        `afresh`: a change of setup restarts Postfix. Raises `InputError` if the setup is wrong, `LabError` if the mail
        host does not work.
        """
        return self.lab.mail_host(target.debian, target.setup, target.number, afresh=afresh)

    def execute(self, job: Job) -> list[Evidence]:
        """Prepare the mail hosts, run the scenario, and return the evidence of each, in the order of the targets."""
        hosts = [self.prepare(target) for target in assign_numbers(job.targets or (self.default_target(),))]
        return self.run_each(hosts, job.scenario, job.limit)

    def default_target(self) -> Target:
        """Return the mail host for jobs that name none; raises `LabError` if the lab was started with none."""
        if not self.own:
            raise LabError("The job names no mail host, and the lab was started without one.")
        return next((target for target in self.own if target.debian == PREFERRED), self.own[0])

    def execute_all(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, list[Evidence]]]:
        """Run one job after the other, and yield each with its evidence; the progress is told before each."""
        for number, job in enumerate(jobs, 1):
            self._progress(f"{job.title or job.scenario.name} ({number} of {len(jobs)})")
            yield job, self.execute(job)

    def run(self, host: MailHost, scenario: Scenario, limit: float = LIMIT, *, hurry: float = 0.0) -> Evidence:
        """Run a scenario against that mail host, as it is, and return all that was seen.

        `limit`: seconds to wait for each reply, and then for the end of the log. `hurry`: seconds to wait once the
        log reports a dead daemon (0: no such limit); with it, what was logged before the run is kept.
        """
        return self._run((host,), scenario, limit, hurry)[0]

    def run_each(self, hosts: Sequence[MailHost], scenario: Scenario, limit: float = LIMIT) -> list[Evidence]:
        """Run a scenario against these mail hosts, as they are, at the same time; return the evidence of each.

        Each mail host has its own view of the DNS: the scenario's world and the zones of its own domains. Raises
        `InputError` if an MTA of the world forwards to the mail host and there are several.
        """
        return self._run(hosts, scenario, limit, 0.0)

    def gather(self, host: MailHost, scenario: Scenario, sighting: Sighting) -> Evidence:
        """Return the evidence of the last run, which was of this scenario, from what was seen of it so far."""
        full = self.lab.observer.worlds.for_scenario(host, scenario)
        shown = replace(scenario.world, hosts=full.hosts)
        facts, known = host.facts(), host.described
        with pause_gc():
            more: dict[str, Any] = {"postconf": known.postconf, "configured": known.configured}
            records, unlisted = added_records(full.dns_zones()), unlisted_recipients(host, sighting)
            more["requests"] = host.collaborators.requests()
            if len(more["requests"]) >= MOST:
                sighting = replace(sighting, trouble=(*sighting.trouble, _DROPPED))
            seen = gather(scenario, shown, sighting, facts, lab_records=records, unlisted=unlisted, **more)
        unfinished = any(missing.startswith("the log of") for missing in sighting.trouble)
        host.wear.note_log((*seen.log, *seen.other_log), unfinished=unfinished)
        return seen

    def advance_clock(
        self, host: MailHost, scenario: Scenario, until: Sequence[str], limit: float, **span: float
    ) -> Evidence:
        """Put that mail host's clock forward by `span`; return what Postfix did until the log had all texts of `until`.

        `limit`: seconds to wait for each text.
        """
        internet = self.lab.internet
        with self.lab.observer.lock:
            self.lab.observer.show_views(*self.lab.observer.views((host,), scenario))
            internet.clear()
            host.collaborators.forget_requests()
            host.clock.advance(**span)
            missing = [text for text in until if not internet.barrier(text, 1, limit)]
            internet.barrier(*host.mark())
            sighting = internet.sighting()
        trouble = (f"{printable(text)!r} was not logged within {limit:g} s of it" for text in missing)
        known = host.described
        facts, seen = host.facts(), replace(sighting, trouble=(*trouble, *sighting.trouble))
        more = {"postconf": known.postconf, "configured": known.configured, "requests": host.collaborators.requests()}
        return gather(scenario, scenario.world, seen, facts, **more)

    def _run(
        self, hosts: Sequence[MailHost], scenario: Scenario, limit: float, hurry: float
    ) -> list[Evidence]:
        with pause_gc():
            for host in hosts:
                world = self.lab.observer.worlds.for_scenario(host, scenario)
                host.forget_list_answers(self.lab.observer.worlds.dns_list_data(world))
            each = self.lab.observer.observe(hosts, scenario, limit, hurry)
            return [self.gather(host, scenario, seen) for host, seen in zip(hosts, each, strict=True)]


@contextlib.contextmanager
def open_executor(
    engine: EngineName | None, own: Sequence[Target] = (), progress: Callable[[str], None] = lambda _: None
) -> Iterator[Executor]:
    """Open a lab with these mail hosts, which start in parallel; remove it at the end, whatever happens."""
    with open_lab(engine, progress) as lab:
        executor = Executor(lab, progress, own)
        executor.start(own)
        yield executor

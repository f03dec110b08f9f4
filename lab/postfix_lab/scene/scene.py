"""A scene: the world of one test, the runs of scenarios in it, and their verdicts.

A test states only how its world differs from one in which mail is delivered. Zones, hosts and faults may change
between two runs.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError, LabError, ScenarioFailed
from postfix_lab.evidence.evidence import Evidence, save
from postfix_lab.report.story import story
from postfix_lab.runtime.handed_back import await_handed_back
from postfix_lab.runtime.queue_commands import flush
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import World
from postfix_lab.smtp.dialogue import DEFAULT_MESSAGE
from postfix_lab.smtp.sendmail import Submission
from postfix_lab.verdict.checks import Check
from postfix_lab.verdict.judge import Status, Verdict, judge
from postfix_lab.verdict.verdict_file import JudgedTest, save_verdict

if TYPE_CHECKING:
    from postfix_lab.inside.internet.protocol import Sighting
    from postfix_lab.runtime.executor import Executor
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.smtp.behaviour import Behaviour


@dataclass(frozen=True)
class CompletedRun:
    """A run of a scenario, with everything that is needed to repeat it."""

    host: MailHost
    setup: Setup
    scenario: Scenario
    limit: float
    """Seconds, as in `Scene.run`."""
    evidence: Evidence
    folder: Path
    """Where the evidence is kept."""


class Scene:
    """One test's world and its runs; the fixture `lab` is one.

    `check` has to judge all evidence that `run`, `later`, `retry` and `further` return: what was never checked is an
    error at the end of the test.
    """

    def __init__(
        self, executor: Executor, name: str, folder: Path, replay: str, test: JudgedTest | None = None
    ) -> None:
        self.executor = executor
        """Runs the scenarios, in the lab that all tests of this process share."""
        self.world = World()
        """Zones, hosts and faults, as they are in the next run."""
        self.verdicts: list[Verdict] = []
        self.evidence: list[Evidence] = []
        self.runs: list[CompletedRun] = []
        self._name = name
        self._folder = folder
        self._replay = replay
        self._test = test
        self._judged: list[tuple[Evidence, Verdict]] = []
        self._began: dict[str, float] = {}
        self._unchecked: list[Evidence] = []
        self._names_given = 0

    @property
    def internet(self) -> Internet:
        """The fake Internet of this process, as the fixture `internet` has it."""
        return self.executor.lab.internet

    def sink(self, behaviour: Behaviour | None) -> None:
        """Have the sink answer like that in the next runs, as the mailbox server; None: nobody is there.

        lab.sink(Behaviour(answers=Answer("RCPT", "552 5.2.2 Mailbox full", to="bob@lab.test")))
        """
        self.world = replace(self.world, sink=behaviour)

    def start(self, debian: int, setup: Setup, *, number: int = 0) -> MailHost:
        """Return a mail host of that Debian release in that setup; it is started or reconfigured if necessary.

        Mail hosts of one release differ by `number`; 0 is the one of the fixture `mail_host`. Raises `InputError` if
        the setup is wrong, `LabError` if the mail host does not work.
        """
        return self.executor.prepare(Target(debian, setup, number))

    def run(
        self,
        host: MailHost,
        *sessions: Session,
        limit: float = 30.0,
        in_turn: bool = False,
        at_once: int = 0,
        submissions: Sequence[Submission] = (),
    ) -> Evidence:
        """Hold these sessions with that mail host and return what was seen.

        The sessions are held at the same time; with `in_turn` one after the other; at most `at_once` at a time (0: no
        limit). `limit` is in seconds, for each reply and for the end of the log; what took longer is in the
        evidence's `trouble`, which makes the verdict *unknown*. A refusal is no error. `submissions`: calls of
        sendmail(1) after the sessions, as `submit` makes one.
        """
        calls = tuple(submissions)
        scenario = Scenario(self._next_name(), sessions, self.world, in_turn, self._replay, at_once, calls)
        evidence = self._save(self.executor.run(host, scenario, limit))
        self._complete(host, scenario, limit, evidence)
        return evidence

    def submit(
        self,
        host: MailHost,
        *to: str,
        sender: str | None = None,
        message: str = DEFAULT_MESSAGE,
        user: str = "root",
        limit: float = 30.0,
    ) -> Evidence:
        """Submit mail by sendmail(1) in that mail host, as that user, and return what was seen.

        `sendmail -i -f sender to...`, or without `to` `sendmail -i -t`, which takes the recipients from the message.
        `sender`: by default the user's own name. The exit status, the output and the queue id are in
        `evidence.submitted`. `limit` as in `run`. Raises `InputError` if the mail host has no such user.
        """
        return self.run(host, limit=limit, submissions=(Submission(to, sender, message, user),))

    def run_each(
        self,
        hosts: Sequence[MailHost],
        *sessions: Session,
        limit: float = 30.0,
        in_turn: bool = False,
        at_once: int = 0,
    ) -> tuple[Evidence, ...]:
        """Hold these sessions with each of these mail hosts, at the same time; return what was seen of each.

        So two configurations or releases are asked the very same thing. `in_turn` and `at_once` are about the sessions
        of one mail host; otherwise as `run`. Raises `InputError` if an MTA of the world forwards to the mail host.
        """
        scenario = Scenario(self._next_name(), sessions, self.world, in_turn, self._replay, at_once)
        found = self.executor.run_each(hosts, scenario, limit)
        names = [scenario.name, *(self._next_name() for _ in hosts[1:])]
        each = [self._save(replace(seen, scenario=name)) for seen, name in zip(found, names, strict=True)]
        for host, seen in zip(hosts, each, strict=True):
            self._complete(host, replace(scenario, name=seen.scenario), limit, seen)
        return tuple(each)

    def later(  # noqa: PLR0913 - one keyword for each unit of time
        self,
        host: MailHost,
        *until: str,
        limit: float = 30.0,
        days: float = 0.0,
        hours: float = 0.0,
        minutes: float = 0.0,
        seconds: float = 0.0,
    ) -> Evidence:
        """Advance that mail host's clock and return what the mail host did by itself.

        Returns when the log has each of the texts `until`. One that does not come within `limit` seconds of real time
        makes the verdict *unknown*. Raises `InputError` if the mail host is not marked `clock=True`, or if the span is
        not positive or more than ten years.
        """
        scenario = Scenario(self._next_name(), (), self.world, replay=self._replay)
        span = {"days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        return self._save(self.executor.advance_clock(host, scenario, until, limit, **span))

    def retry(self, evidence: Evidence, *, limit: float = 30.0) -> Evidence:
        """Try once more what the last run left in the queue (`postqueue -f`) and return that run's evidence anew.

        What is returned takes the place of `evidence`, which needs no check. `limit` is in seconds. Raises
        `InputError` if `evidence` is not that of the last run.
        """
        last = self._last(evidence)
        deferred = [line.queue_id for line in evidence.log if getattr(line.event, "status", "") == "deferred"]
        last.host.shell(flush(dict.fromkeys(filter(None, deferred))))
        internet = self.executor.lab.internet
        seen = internet.await_retry(limit)
        return self._continue(last, await_handed_back(internet, (last.host,), seen, limit))

    def further(self, evidence: Evidence, text: str, times: int = 1, *, limit: float = 30.0) -> Evidence:
        """Wait until `times` log lines contain `text` literally, and return the last run's evidence anew.

        For what goes on after a session is over, such as the verification of an address. Otherwise as `retry`; lines
        that do not come within `limit` seconds make the verdict *unknown*.
        """
        last = self._last(evidence)
        came = self.executor.lab.internet.barrier(text, times, limit)
        late = () if came else (f"the log has not got {times} lines with {text!r} after {limit:g} s",)
        return self._continue(last, self.executor.lab.internet.run_so_far(), late)

    def check(self, evidence: Evidence, *checks: Check, without: Collection[str] = ()) -> Verdict:
        """Judge evidence by these checks and by the guards; `without` names guards that do not apply.

        Raises `ScenarioFailed` with the story if the verdict is *fail*, `LabError` if it is *unknown*.
        """
        self._unchecked = [unchecked for unchecked in self._unchecked if unchecked is not evidence]
        verdict = judge(evidence, checks, without)
        self.verdicts.append(verdict)
        self._save_verdict(evidence, verdict)
        if verdict.status is Status.PASS:
            return verdict
        text = story(verdict, evidence, evidence.scenario, str(self._folder / evidence.scenario))
        raise (ScenarioFailed if verdict.status is Status.FAIL else LabError)(text)

    def close(self) -> None:
        """End the scene; raises `InputError` if there is evidence that was never checked, which asserts nothing."""
        if self._unchecked:
            raise InputError(
                f"{self._name}: {len(self._unchecked)} of {self._names_given} runs were never checked, so they prove "
                "nothing. Give each of them to lab.check(seen, ...) with at least one check."
            )

    def _last(self, evidence: Evidence) -> CompletedRun:
        last = self.runs[-1] if self.runs else None
        if last is None or last.evidence is not evidence:
            raise InputError(f"{self._name}: only the last run can be seen further; this evidence is of another")
        return last

    def _continue(self, last: CompletedRun, sighting: Sighting, late: tuple[str, ...] = ()) -> Evidence:
        """Replace the last run's evidence by what has been seen of it by now."""
        gathered = self.executor.gather(last.host, last.scenario, sighting)
        trouble = dict.fromkeys((*last.evidence.trouble, *gathered.trouble, *late))
        evidence = replace(gathered, trouble=tuple(trouble), submitted=last.evidence.submitted)
        self._unchecked = [*(unchecked for unchecked in self._unchecked if unchecked is not last.evidence), evidence]
        self.evidence[-1] = evidence
        self.runs[-1] = replace(last, evidence=evidence)
        save(evidence, last.folder)
        return evidence

    def _complete(self, host: MailHost, scenario: Scenario, limit: float, evidence: Evidence) -> None:
        """Remember a run, with what is needed to repeat it."""
        if host.setup is not None:
            folder = self._folder / scenario.name
            self.runs.append(CompletedRun(host, host.setup, scenario, limit, evidence, folder))

    def _next_name(self) -> str:
        """Name the next run: the test's name, with `-2` appended for the second run."""
        self._names_given += 1
        name = self._name if self._names_given == 1 else f"{self._name}-{self._names_given}"
        self._began[name] = time.monotonic()
        return name

    def _save_verdict(self, evidence: Evidence, verdict: Verdict) -> None:
        """Save what all checks of that evidence have found by now; of evidence that is not this scene's, nothing."""
        if evidence in self.evidence:
            self._judged.append((evidence, verdict))
            verdicts = [found for seen, found in self._judged if seen == evidence]
            seconds = time.monotonic() - self._began[evidence.scenario]
            save_verdict(evidence, verdicts, self._folder / evidence.scenario, self._test, seconds)

    def _save(self, evidence: Evidence) -> Evidence:
        """Save the evidence and remember that it has to be checked."""
        self._unchecked.append(evidence)
        self.evidence.append(evidence)
        save(evidence, self._folder / evidence.scenario)
        return evidence

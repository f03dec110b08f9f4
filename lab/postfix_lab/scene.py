"""A scene: the world that one test builds up, and the hosts that speak in it.

The test says only in what its world deviates; zones and faults may change between two messages.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError, LabError, ScenarioFailed
from postfix_lab.evidence.evidence import Evidence, save
from postfix_lab.report.story import story
from postfix_lab.runtime.queue_commands import flush
from postfix_lab.scenario.misbehaviour import Misbehaviour
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, World
from postfix_lab.scenario.world import zone as zone_text
from postfix_lab.smtp.dialogue import Dialogue, Stage, mail
from postfix_lab.verdict.checks import Check
from postfix_lab.verdict.checks.check import known
from postfix_lab.verdict.judge import Status, Verdict, judge

if TYPE_CHECKING:
    from postfix_lab.inside.internet.protocol import Sighting
    from postfix_lab.runtime.lab import Lab
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.runtime.setup import Setup


@dataclass(frozen=True)
class Happened:
    """A run of a scenario, with all that it takes to let it happen again."""

    host: MailHost
    setup: Setup
    scenario: Scenario
    limit: float
    evidence: Evidence
    folder: Path
    """Where the evidence is kept."""


_MORE = tuple(field.name for field in fields(Fault))[4:]


class Scene:
    """One test's world; evidence that nobody checked is an error at the end."""

    def __init__(self, lab: Lab, name: str, folder: Path, replay: str) -> None:
        self.lab = lab
        self.world = World()
        self.verdicts: list[Verdict] = []
        self.evidence: list[Evidence] = []
        self.happened: list[Happened] = []
        self._name = name
        self._folder = folder
        self._replay = replay
        self._unchecked: list[Evidence] = []
        self._runs = 0

    def run(
        self, host: MailHost, *sessions: Session, limit: float = 30.0, in_turn: bool = False, at_once: int = 0
    ) -> Evidence:
        """Hold these sessions with that mail host and return what was seen.

        At the same time, `at_once` of them at a time, or one after the other.
        """
        scenario = Scenario(self._named(), sessions, self.world, in_turn, self._replay, at_once)
        evidence = self._kept(self.lab.run(host, scenario, limit))
        if host.setup is not None:
            folder = self._folder / scenario.name
            self.happened.append(Happened(host, host.setup, scenario, limit, evidence, folder))
        return evidence

    def later(self, host: MailHost, *until: str, limit: float = 30.0, **span: float) -> Evidence:
        """Make it `days`, `hours`, `minutes` or `seconds` later for that mail host, and return what it did by itself.

        Returns when the log has each of these texts, and the log until then; the mail host has to have `clock=True`.
        """
        scenario = Scenario(self._named(), (), self.world, replay=self._replay)
        evidence = self.lab.later(host, scenario, until, limit, **span)
        return self._kept(evidence)

    def retry(self, evidence: Evidence, *, limit: float = 30.0) -> Evidence:
        """The same run, seen further: what it left in the queue is tried once more (`postqueue -f`) and comes to rest.

        It has to be the last run of this scene; what is returned takes the place of `evidence`, which needs no check.
        """
        happened = self._last(evidence)
        deferred = [line.queue_id for line in evidence.log if getattr(line.event, "status", "") == "deferred"]
        happened.host.shell(flush(dict.fromkeys(filter(None, deferred))))
        return self._further(happened, self.lab.internet.again(limit))

    def further(self, evidence: Evidence, text: str, times: int = 1, *, limit: float = 30.0) -> Evidence:
        """The same run, seen further: until so many log lines have that text, as it stands; as `retry` otherwise.

        For what goes on behind a session that is over: an address that is being verified.
        """
        happened = self._last(evidence)
        came = self.lab.internet.barrier(text, times, limit)
        late = () if came else (f"the log has not got {times} lines with {text!r} after {limit:g} s",)
        return self._further(happened, self.lab.internet.further(), late)

    def _last(self, evidence: Evidence) -> Happened:
        happened = self.happened[-1] if self.happened else None
        if happened is None or happened.evidence is not evidence:
            raise InputError(f"{self._name}: only the last run can be seen further; this evidence is of another")
        return happened

    def _further(self, happened: Happened, sighting: Sighting, late: tuple[str, ...] = ()) -> Evidence:
        further = self.lab.gather(happened.host, happened.scenario, sighting)
        trouble = dict.fromkeys((*happened.evidence.trouble, *further.trouble, *late))
        further = replace(further, trouble=tuple(trouble))
        self._unchecked = [*(seen for seen in self._unchecked if seen is not happened.evidence), further]
        self.evidence[-1] = further
        self.happened[-1] = replace(happened, evidence=further)
        save(further, happened.folder)
        return further

    def check(self, evidence: Evidence, *checks: Check, without: Collection[str] = ()) -> Verdict:
        """Judge evidence by these checks and the guards (`without` switches guards off by name).

        Raises `ScenarioFailed` with the story when the verdict is fail, `LabError` when it is unknown.
        """
        self._unchecked = [seen for seen in self._unchecked if seen is not evidence]
        verdict = judge(evidence, checks, without)
        self.verdicts.append(verdict)
        if verdict.status is Status.PASS:
            return verdict
        told = story(verdict, evidence, evidence.scenario, str(self._folder / evidence.scenario))
        raise (ScenarioFailed if verdict.status is Status.FAIL else LabError)(told)

    def _named(self) -> str:
        """The next run's name: the second of a test has `-2` behind it."""
        self._runs += 1
        return self._name if self._runs == 1 else f"{self._name}-{self._runs}"

    def _kept(self, evidence: Evidence) -> Evidence:
        """Save what was seen, and remember that it has to be checked."""
        self._unchecked.append(evidence)
        self.evidence.append(evidence)
        save(evidence, self._folder / evidence.scenario)
        return evidence

    def close(self) -> None:
        """The end of the test: whatever was seen and not checked is an error."""
        if self._unchecked:
            raise LabError(
                f"{self._name}: {len(self._unchecked)} of {self._runs} runs were never checked, so they prove nothing. "
                "Give each of them to lab.check(seen, ...) with at least one check."
            )


@dataclass(frozen=True)
class Dns:
    """The zones and faults of a scene; each change counts from the next message on."""

    scene: Scene

    def zone(self, text: str | ZoneText, origin: str | None = None) -> None:
        """Add a zone, as RFC 1035 text or from `zone_file`."""
        added = text if isinstance(text, ZoneText) else zone_text(text, origin)
        self.scene.world = replace(self.scene.world, zones=(*self.scene.world.zones, added))

    def fault(self, name: str, kind: FaultKind | str, rtype: str = "ANY", seconds: float = 0.0, **more: Any) -> None:
        """Make questions go wrong; the first fault that matches wins.

        `more` narrows it down (`client`, `transport`, `resolver`, `nth`) or says more about it (`octets`, `records`).
        """
        known(str(kind).upper(), FaultKind, "kind of fault")
        for keyword in more:
            known(keyword, _MORE, "keyword of a fault")
        added = Fault(name, FaultKind(str(kind).upper()), rtype, seconds, **more)
        self.scene.world = replace(self.scene.world, faults=(*self.scene.world.faults, added))

    def clear(self) -> None:
        """Take all zones and faults away again; the hosts stay."""
        self.scene.world = replace(self.scene.world, zones=(), faults=())


@dataclass(frozen=True)
class Remote:
    """A remote host that sends to the mail host from its real address."""

    scene: Scene
    mail_host: MailHost
    host: Host

    def dialogue(self, until: Stage | None = None, *, drop: bool = False, **envelope: Any) -> Dialogue:
        """What `send` would say; `envelope` is what `mail` takes."""
        spoken = mail(**{"helo": self.host.greeting, **envelope})
        return spoken.until(until, drop=drop) if until else spoken

    def session(
        self,
        port: int = 25,
        source: str | None = None,
        via: Remote | None = None,
        misbehaves: Misbehaviour | None = None,
        **said: Any,
    ) -> Session:
        """One session of this host, to be held with others by `lab.run`.

        `via` is a host whose MTA takes the message instead of the mail host, and may send it on; `misbehaves` is what
        goes wrong with what is said otherwise.
        """
        spoken = said.get("dialogue") or self.dialogue(**said)
        if misbehaves is not None:
            if not isinstance(misbehaves, Misbehaviour):
                raise InputError(f"misbehaves={misbehaves!r} is no misbehaviour; call one, as in misbehaves=bare_lf()")
            spoken = misbehaves(spoken)
        return Session(self.host, spoken, port, source, via.host.addresses[0] if via else None)

    def send(self, port: int = 25, *, limit: float = 30.0, **said: Any) -> Evidence:
        """Hold one session with the mail host and return everything that was seen.

        `said` is a whole `dialogue`, or what `mail` takes (`sender`, `to`, `data`, `tls`, `auth`, ...) with `until`
        (stop after that stage with QUIT) and `drop` (hang up instead); and `source`, `via` and `misbehaves` as in
        `session`.
        """
        return self.scene.run(self.mail_host, self.session(port, **said), limit=limit)


MakeRemote = Callable[..., Remote]

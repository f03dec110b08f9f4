"""YAML scenarios as pytest items: one for each test, row, cell, release and chroot state."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from postfix_lab.errors import InputError, ScenarioFailed
from postfix_lab.pytest_plugin.marker import (
    chroots,
    configuration,
    configuration_changes,
    is_traced,
    releases,
    replay_command,
    stand_ins,
)
from postfix_lab.pytest_plugin.ordering import worker_group
from postfix_lab.pytest_plugin.process_lab import OWN
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario
from postfix_lab.scene import Scene
from postfix_lab.text import folder_name, printable
from postfix_lab.verdict.checks.decisions import decider
from postfix_lab.verdict.checks.mail import spf_sentence
from postfix_lab.verdict.checks.outcomes import outcome_sentence
from postfix_lab.verdict.verdict_file import JudgedTest
from postfix_lab.yaml.bind.play import Play, Wanted, plays
from postfix_lab.yaml.bind.round import Round
from postfix_lab.yaml.read.reader import is_sheet, looks_like_sheet

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.runtime.mail_host import MailHost

_SUFFIXES = (".yaml", ".yml")


class SheetFile(pytest.File):
    """A file of scenarios."""

    @classmethod
    def of(cls, path: Path, parent: pytest.Collector) -> SheetFile | None:
        """Return a collector for a file that was named, declares itself as scenarios, or seems meant so; else None.

        Of one that only seems so, the collector reports the mistake: it is never left out in silence.
        """
        if path.suffix.lower() not in _SUFFIXES:
            return None
        loosely = bool(parent.config.getoption("--lab-lines"))
        if not (is_sheet(path) or parent.session.isinitpath(path) or looks_like_sheet(path, loosely=loosely)):
            return None
        # pytest prints a node's name unchanged, and a file name may have control characters.
        spelled = printable(os.path.relpath(path, parent.config.rootpath))
        own: dict[str, Any] = {} if str(path).isprintable() else {"nodeid": spelled, "name": printable(path.name)}
        made: SheetFile = cls.from_parent(parent, path=path, **own)
        return made

    def collect(self) -> Iterable[pytest.Item]:
        """Return its items; a mistake in the file is reported as a sentence, and pytest ends with exit code 2."""
        wanted = Wanted(
            releases(self.config),
            chroots(self.config),
            configuration(self.config),
            stand_ins(self.config),
            configuration_changes(self.config),
        )
        shown = os.path.relpath(self.path)
        try:
            found = plays(Path(min(shown, str(self.path), key=len)), wanted)
        except InputError as error:
            raise self.CollectError(str(error)) from error
        if not found and self.session.isinitpath(self.path):
            raise self.CollectError(f"{shown}: no test in it is for these releases of Debian and this configuration")
        for play in found:
            yield PlayItem.from_parent(self, name=play.id, play=play)


class PlayItem(pytest.Item):
    """One scenario on one mail host."""

    def __init__(self, *, play: Play, **about: Any) -> None:
        super().__init__(**about)
        traced = play.setup.trace or is_traced(self.config)
        self.target = Target(play.debian, replace(play.setup, trace=traced))
        self.met: tuple[MailHost, Scene] | None = None
        """The mail host and the scene, once there are any."""
        self.note = ""
        self.closed = False
        """Whether the port was closed in each round, where other verdicts are accepted too: nothing was learned."""
        self._play = play
        self.add_marker(worker_group(play.debian, self.path))
        if play.skip:
            self.add_marker(pytest.mark.skip(reason=play.skip))
        if play.xfail:
            # A lab that could not see everything is still an error, not an expected failure.
            self.add_marker(pytest.mark.xfail(reason=play.xfail, strict=True, raises=ScenarioFailed))

    @property
    def title(self) -> str:
        """Its name in reports, without the release."""
        name, labels = self._play.name, "-".join(self._play.labels)
        variant = f" [{labels}]" if labels else ""
        return f"{self.path.parent.name}/{self.path.stem}::{name}{variant}"

    @property
    def session_names(self) -> tuple[tuple[str, ...], ...]:
        """The names of the sessions of each round in reports."""
        return tuple(planned.session_names for planned in self._play.rounds)

    def runtest(self) -> None:
        """Run each round, and judge it before the next one."""
        own = self.config.stash[OWN]
        name = evidence_name(f"{self.path.parent.name}-{self.path.stem}", self.name)
        again = replay_command(self.config, f"{os.path.relpath(self.path)}::{self.name}")
        scene = Scene(own.executor, name, own.folder(), again, judged_test(self))
        host = own.executor.prepare(self.target)
        self.met = host, scene
        self.note = f"fails as expected: {self._play.xfail}" if self._play.xfail else ""
        for planned in self._play.rounds:
            told = run_round(scene, host, planned)
            self.note = "; ".join(filter(None, (self.note, *told)))
        self.closed = all(planned.tell for planned in self._play.rounds) and all(map(_is_closed, scene.evidence))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return file, line and name for pytest's reports."""
        return Path(printable(str(self.path))), self._play.line - 1, self.name


def run_round(scene: Scene, host: MailHost, planned: Round) -> list[str]:
    """Run and judge one round; return the outcomes of the sessions with several accepted verdicts."""
    played = planned.at(host.addresses[0])
    scene.world, seconds = played.world, played.later.total_seconds()
    if played.until:
        seen = scene.later(host, *played.until, limit=played.limit, seconds=seconds)
        scene.check(seen, *played.checks, without=played.without)
        return []
    if seconds:
        host.clock.advance(seconds=seconds)
    seen = _retry_queue(scene, played) if played.retry and scene.runs else _hold_sessions(scene, host, played)
    for text, times in played.further:
        seen = scene.further(seen, text, times, limit=played.limit)
    scene.check(seen, *played.checks, without=played.without)
    return _open_verdicts(played, seen)


def _hold_sessions(scene: Scene, host: MailHost, played: Round) -> Evidence:
    """Hold the sessions of a round, and try the queue once more if the round says so."""
    fitted = host.fit()
    if played.introduced and fitted.deep_tests:
        visits = Scenario("introduction", played.introductions(fitted.recipient), played.world)
        scene.executor.run(host, visits, played.limit)
    scene.run(
        host, *played.sessions, limit=played.limit, in_turn=played.in_turn, at_once=played.at_once,
        submissions=played.submissions,
    )  # fmt: skip
    return _retry_queue(scene, played) if played.retry else scene.runs[-1].evidence


def _retry_queue(scene: Scene, played: Round) -> Evidence:
    """Try once more what the last run left in the queue."""
    return scene.retry(scene.runs[-1].evidence, limit=played.limit)


def judged_test(item: pytest.Item) -> JudgedTest:
    """Return the id and place of the test that a verdict is saved for."""
    file, line, _ = item.location
    return JudgedTest(item.nodeid, file, (line or 0) + 1)


def evidence_name(*parts: str) -> str:
    """Return the name of the folder that evidence is saved in."""
    return folder_name(*parts)


def _open_verdicts(played: Round, seen: Evidence) -> list[str]:
    """Return the outcomes of sessions with several accepted verdicts, and the SPF result if several are accepted."""
    told = []
    for number in played.tell:
        sentence = outcome_sentence(seen.sessions[number]) + _decider_suffix(seen, number)
        name = played.session_names[number]
        told.append(f"{name}: {sentence}" if name else sentence)
    heard = any(session.ended != "refused" for session in seen.sessions)
    return [*told, spf_sentence(seen)] if played.tell_spf and heard else told


def _is_closed(seen: Evidence) -> bool:
    """Whether there were sessions, and nobody listened on the port of any."""
    return bool(seen.sessions) and all(session.ended == "refused" for session in seen.sessions)


def _decider_suffix(seen: Evidence, session: int) -> str:
    """Return ` by RESTRICTION` if a trace shows what decided, else an empty text."""
    found = decider(seen, session)
    return f" by {found}" if found else ""

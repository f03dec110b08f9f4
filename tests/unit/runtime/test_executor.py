"""What an executor asks its lab for; that it comes about is shown with a real lab in `selftest/verdicts/test_two_hosts.py`."""

from __future__ import annotations

from typing import cast
from unittest.mock import Mock

import pytest

from postfix_lab.errors import LabError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.executor import Executor
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.lab import Lab
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario
from tests.unit.evidence_builder import evidence

SEED = Setup(CONFIGURATIONS / "seed")
QUIET = Scenario("quiet", ())


@pytest.fixture
def prepared(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """The mail hosts that were asked for, in order; what runs on them is of no account here."""
    asked: list[Target] = []

    def prepare(_: Executor, target: Target) -> Target:
        asked.append(target)
        return target

    def run_each(_: Executor, hosts: list[Target], scenario: Scenario, _limit: float) -> list[Evidence]:
        return [evidence(scenario=scenario.name) for _ in hosts]

    monkeypatch.setattr(Executor, "prepare", prepare)
    monkeypatch.setattr(Executor, "run_each", run_each)
    return asked


def executor(*own: Target, progress: Mock | None = None) -> Executor:
    """One of a lab that was started with these mail hosts."""
    return Executor(cast("Lab", Mock(spec_set=Lab)), progress or Mock(), own)


def test_a_job_has_evidence_of_each_target(prepared: list[Target]) -> None:
    """Two of one release are two mail hosts."""
    seen = executor().execute(Job(QUIET, (Target(12, SEED), Target(12, SEED))))
    assert prepared == [Target(12, SEED), Target(12, SEED, 1)]
    assert [one.scenario for one in seen] == ["quiet", "quiet"]


@pytest.mark.parametrize("own, chosen", [((11, 12), 12), ((13, 11), 13), ((11,), 11)])
def test_a_job_without_targets_meets_the_labs_own(prepared: list[Target], own: tuple[int, ...], chosen: int) -> None:
    """Debian 12 if it is there, else the first."""
    executor(*(Target(debian, SEED) for debian in own)).execute(Job(QUIET))
    assert prepared == [Target(chosen, SEED)]


def test_a_job_without_targets_in_a_lab_without_mail_hosts() -> None:
    """It is an error in words."""
    with pytest.raises(LabError, match="names no mail host, and the lab was started without one"):
        executor().execute(Job(QUIET))


def test_progress_is_told_before_each_job(prepared: list[Target]) -> None:
    """By the job's title, or by the scenario's name; jobs run as they are asked for."""
    told = Mock()
    target = (Target(12, SEED),)
    jobs = executor(progress=told).execute_all([Job(QUIET, target, title="first"), Job(QUIET, target)])
    job, _ = next(jobs)
    assert (job.title, [call.args[0] for call in told.call_args_list]) == ("first", ["first (1 of 2)"])
    next(jobs)
    assert told.call_args.args == ("quiet (2 of 2)",)
    assert len(prepared) == 2

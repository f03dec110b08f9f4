"""Verdicts: unknown outranks fail, fail outranks pass, and guards are always on."""

from __future__ import annotations

import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.errors import InputError
from postfix_lab.scenario.world import World
from postfix_lab.verdict.checks import accepted, refused
from postfix_lab.verdict.judge import Status, judge
from tests.unit.evidence_builder import evidence, log_of

NEVER_HIT = World(faults=(Fault("x.example", FaultKind.TIMEOUT),))
NOISE = log_of("smtpd: warning: something odd")


def test_good_evidence_passes_with_all_its_findings() -> None:
    """The check and every guard have their say, and none is decisive."""
    verdict = judge(evidence(), [accepted()])
    assert verdict.status is Status.PASS
    assert [finding.check for finding in verdict.findings][:2] == ["accepted", "log-complete"]
    assert verdict.decisive == ()


def test_failed_check_fails() -> None:
    """The decisive finding is that check's."""
    verdict = judge(evidence(), [accepted(), refused("RCPT", 450)])
    assert verdict.status is Status.FAIL
    assert [finding.check for finding in verdict.decisive] == ["refused"]


def test_failed_guard_fails_though_every_check_passed() -> None:
    """Nobody has to ask for a guard."""
    assert judge(evidence(other_log=NOISE), [accepted()]).status is Status.FAIL
    assert judge(evidence(other_log=NOISE), [accepted()], without=["quiet-log"]).status is Status.PASS


@pytest.mark.parametrize("check, alone", [(accepted(), Status.PASS), (refused("RCPT", 450), Status.FAIL)])
def test_a_lab_that_could_not_see_is_never_green_and_never_red(check: object, alone: Status) -> None:
    """Trouble of the lab, or a guard that saw some, outranks what the checks say."""
    blind = evidence(trouble=("the loghost died",))
    assert judge(evidence(), [check]).status is alone  # type: ignore[list-item]
    for seen in (blind, evidence(world=NEVER_HIT)):
        assert judge(seen, [check]).status is Status.UNKNOWN  # type: ignore[list-item]
    assert judge(blind, [check]).decisive[0].got == "the loghost died"  # type: ignore[list-item]


def test_scenario_without_assertion_is_an_error_unless_told_otherwise() -> None:
    """Guards alone prove nothing that anybody wanted."""
    with pytest.raises(InputError, match="the scenario right asserts nothing"):
        judge(evidence(), [])
    assert judge(evidence(), [], without=["assertion"]).status is Status.PASS


def test_unknown_guard_is_an_error_with_the_nearest_name() -> None:
    """A guard that is misspelt would stay on, or seem to be off."""
    with pytest.raises(InputError, match="'quietlog' is no guard; did you mean quiet-log"):
        judge(evidence(), [accepted()], without=["quietlog"])

"""The SPF test suite on a real mail host: no difference is the lab's own, and a lie of its DNS would be found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab import MailHost, Scene
from postfix_lab.conformance import suite_run
from postfix_lab.conformance.conformance_command import FOLDER, load_driver, own_failures
from postfix_lab.conformance.suite import Suite, load_suite
from postfix_lab.scenario.world import World

pytestmark = pytest.mark.mail_host(debian=12)


@pytest.fixture
def suite() -> Suite:
    """The suite of RFC 7208, as `make suite` fetched it."""
    return load_suite(FOLDER / "rfc7208-tests.yml")


def test_every_case_agrees_or_has_a_cause(lab: Scene, mail_host: MailHost, suite: Suite) -> None:
    """All 203 cases are said and judged, and nothing is left that only a bug of the lab explains."""
    outcome = suite_run.run_suite(lab.executor, 12, suite, load_driver())
    assert len(outcome.every) == 203
    assert own_failures(outcome) == []


def test_a_lie_of_the_dns_is_found(
    lab: Scene, mail_host: MailHost, suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a world without the suite's records every answer is held against the driver's, and the run is red."""
    monkeypatch.setattr(suite_run, "world", lambda *_: World())
    outcome = suite_run.run_suite(lab.executor, 12, replace(suite, chapters=suite.chapters[:1]), load_driver())
    assert outcome.mistakes
    assert own_failures(outcome)

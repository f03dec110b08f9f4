"""A scene whose executor only remembers what it was asked to do."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from unittest.mock import Mock

import pytest

from postfix_lab import Evidence, MailHost, Scenario, Scene, Setup
from postfix_lab.runtime.executor import Executor
from postfix_lab.runtime.lab import Lab
from tests.unit.evidence_builder import evidence


@pytest.fixture
def executor() -> Mock:
    """An executor whose runs all end with a delivered message."""

    def seen(_: MailHost, scenario: Scenario, *_args: object, **_span: float) -> Evidence:
        return evidence(scenario=scenario.name)

    def each(hosts: list[MailHost], scenario: Scenario, *_args: object) -> list[Evidence]:
        return [evidence(scenario=scenario.name) for _ in hosts]

    run, later = Mock(side_effect=seen), Mock(side_effect=seen)
    return Mock(spec=Executor, run=run, run_each=Mock(side_effect=each), advance_clock=later, lab=Mock(spec_set=Lab))


@pytest.fixture
def scene(executor: Mock, tmp_path: Path) -> Scene:
    """The scene of a test that is called `one`."""
    return Scene(cast("Executor", executor), "one", tmp_path, "postfix-lab run one")


@pytest.fixture
def host() -> MailHost:
    """A mail host that nobody speaks to."""
    return cast("MailHost", Mock(spec=MailHost, setup=Setup(Path("etc"))))

"""A scene whose lab only remembers what it was asked to do."""

from __future__ import annotations

from pathlib import Path
from typing import cast
from unittest.mock import Mock

import pytest

from postfix_lab import Evidence, MailHost, Scenario, Scene, Setup
from postfix_lab.runtime.lab import Lab
from tests.unit.evidence_builder import evidence


@pytest.fixture
def runtime() -> Mock:
    """A lab in which every run ends with a delivered message."""

    def seen(_: MailHost, scenario: Scenario, *_args: object, **_span: float) -> Evidence:
        return evidence(scenario=scenario.name)

    return Mock(spec_set=Lab, run=Mock(side_effect=seen), advance_clock=Mock(side_effect=seen))


@pytest.fixture
def scene(runtime: Mock, tmp_path: Path) -> Scene:
    """The scene of a test that is called `one`."""
    return Scene(cast("Lab", runtime), "one", tmp_path, "postfix-lab run one")


@pytest.fixture
def host() -> MailHost:
    """A mail host that nobody speaks to."""
    return cast("MailHost", Mock(spec=MailHost, setup=Setup(Path("etc"))))

"""A scene keeps what it sees, and each verdict beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from postfix_lab.errors import ScenarioFailed
from postfix_lab.scene import Scene
from postfix_lab.verdict.checks import accepted, delivered, refused
from postfix_lab.verdict.verdict_file import JudgedTest
from tests.unit.evidence_builder import evidence

HOST: Any = SimpleNamespace(setup=None)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A scene whose lab sees the good mail in each run."""
    lab: Any = SimpleNamespace(run=lambda _host, scenario, _limit: evidence(scenario=scenario.name))
    return Scene(lab, "right", tmp_path, "", JudgedTest("a.py::test_b", "a.py", 3))


def verdict(folder: Path, name: str = "right") -> Any:
    """What was saved of that run."""
    return json.loads((folder / name / "verdict.json").read_text())


def test_each_run_has_its_verdict(scene: Scene, tmp_path: Path) -> None:
    """A verdict is saved with the evidence of the run that it is about, red or green."""
    first, second = scene.run(HOST), scene.run(HOST)
    scene.check(first, accepted())
    with pytest.raises(ScenarioFailed):
        scene.check(second, refused("RCPT", 550))
    assert [verdict(tmp_path)["status"], verdict(tmp_path, "right-2")["status"]] == ["pass", "fail"]
    assert verdict(tmp_path)["test"] == {"id": "a.py::test_b", "file": "a.py", "line": 3}
    assert 0 <= verdict(tmp_path)["seconds"] < 60


def test_checks_of_one_run_add_up(scene: Scene, tmp_path: Path) -> None:
    """What is checked in two steps is one verdict, also of evidence that was loaded again."""
    seen = scene.run(HOST)
    scene.check(seen, accepted())
    scene.check(replace(seen), delivered())
    assert [finding["check"] for finding in verdict(tmp_path)["findings"]][:2] == ["accepted", "log-complete"]
    assert [finding["check"] for finding in verdict(tmp_path)["findings"]].count("delivered") == 1


def test_evidence_of_somebody_else_leaves_nothing(scene: Scene, tmp_path: Path) -> None:
    """A test may judge what it made up; addresses in it would lead nowhere."""
    seen = scene.run(HOST)
    scene.check(replace(seen, messages=(*seen.messages, *seen.messages)), delivered(2))
    assert not (tmp_path / "right" / "verdict.json").exists()

"""`run`: how many labs stand side by side, and what it ends with."""

from __future__ import annotations

import json
import os
from typing import Any

import click
import pytest

from postfix_lab.cli import cli
from postfix_lab.cli.run import Workers
from postfix_lab.report.summary_table import MISTAKE


@pytest.mark.parametrize("processors, labs", [(1, 2), (2, 4), (6, 12), (64, 12)])
def test_auto_is_two_labs_a_processor(monkeypatch: pytest.MonkeyPatch, processors: int, labs: int) -> None:
    """And never more than an engine can start in a while."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    assert Workers().convert("auto", None, None) == labs


def report(*properties: tuple[str, object]) -> pytest.TestReport:
    """The report of a scenario with these properties."""
    return pytest.TestReport("x.py::x", ("x.py", 0, "x"), {}, "failed", "a story", "setup", user_properties=properties)


@pytest.mark.parametrize(
    "properties, code, status", [((), 0, 0), ((), 1, 1), (((MISTAKE, "name one"),), 1, 2), (((MISTAKE, "name one"),), 3, 3), ((), 5, 2)]
)
def test_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], properties: tuple[tuple[str, object], ...], code: int, status: int
) -> None:
    """That of pytest, but 2 where somebody made a mistake, whose sentence is in JSON; a lab that broke outranks it."""

    def main(arguments: list[str], plugins: list[Any]) -> int:
        assert "x.py" in arguments
        plugins[0].pytest_runtest_logreport(report(*properties))
        return code

    monkeypatch.setattr(pytest, "main", main)
    assert cli.main(["run", "x.py", "-n", "2", "--json"], standalone_mode=False) == status
    told = json.loads(capsys.readouterr().out)
    assert told["exit_code"] == status
    assert told.get("error", {}).get("message") == {1: None, 0: None, 3: "The run broke off; see standard error."}.get(
        status, "name one" if properties else "No scenario was found in x.py."
    )


@pytest.mark.parametrize("said", ["0", "-1", "two"])
def test_anything_else_is_a_number_of_labs(said: str) -> None:
    """Nothing below one."""
    assert Workers().convert("2", None, None) == 2
    with pytest.raises(click.UsageError):
        Workers().convert(said, None, None)

"""`run`: how many labs stand side by side."""

from __future__ import annotations

import os

import click
import pytest

from postfix_lab.cli.run import Workers


@pytest.mark.parametrize("processors, labs", [(1, 2), (2, 4), (6, 12), (64, 12)])
def test_auto_is_two_labs_a_processor(monkeypatch: pytest.MonkeyPatch, processors: int, labs: int) -> None:
    """And never more than an engine can start in a while."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    assert Workers().convert("auto", None, None) == labs


@pytest.mark.parametrize("said", ["0", "-1", "two"])
def test_anything_else_is_a_number_of_labs(said: str) -> None:
    """Nothing below one."""
    assert Workers().convert("2", None, None) == 2
    with pytest.raises(click.UsageError):
        Workers().convert(said, None, None)

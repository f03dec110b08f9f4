"""What a run of pytest tells the command about its scenarios."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from postfix_lab.cli.rows import Rows

CLOSED, OPEN = True, False


def rows(*closed: bool, skipped: int = 0, expected: int = 0) -> Rows:
    """The rows of these scenarios, of skipped tests, and of tests that fail as expected."""
    found = Rows()
    told = {"scenario": "a", "debian": 12, "chroot": "packaged", "status": "pass", "seconds": 0.1}
    for one in closed:
        report: Any = SimpleNamespace(
            user_properties=[("postfix-lab", {**told, "closed": one})], longreprtext="", skipped=False
        )
        found.pytest_runtest_logreport(report)
    for _ in range(skipped):
        report = SimpleNamespace(user_properties=[], longreprtext="", skipped=True)
        found.pytest_runtest_logreport(report)
    for _ in range(expected):
        report = SimpleNamespace(user_properties=[], longreprtext="", skipped=True, wasxfail="why")
        found.pytest_runtest_logreport(report)
    return found


@pytest.mark.parametrize(
    "found, said",
    [
        (rows(CLOSED, CLOSED), "2 closed: nothing learned."),
        (rows(CLOSED, skipped=3), "1 closed: nothing learned."),
        (rows(skipped=3), "No scenario ran: 3 skipped."),
    ],
)
def test_nothing_learned(found: Rows, said: str) -> None:
    """Every scenario met a closed port that it did not insist on, or was skipped."""
    assert found.idle_sentence().startswith(said)


@pytest.mark.parametrize("found", [rows(OPEN, CLOSED), rows(OPEN), rows(), rows(expected=1)])
def test_something_learned(found: Rows) -> None:
    """One open port is enough; whether anything was found at all is pytest's to say."""
    assert found.idle_sentence() == ""

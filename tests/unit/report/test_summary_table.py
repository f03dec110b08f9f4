"""The line of each scenario and the table at the end."""

from __future__ import annotations

import io

import pytest

from postfix_lab.report.colour import wants_colour
from postfix_lab.report.summary_table import Row, line, summary
from postfix_lab.verdict.checks import Status

ROWS = (
    Row("ptr/right", 12, "packaged", Status.PASS, 0.25),
    Row("ptr/liar", 12, "packaged", Status.FAIL, 0.5),
    Row("ptr/right", 11, "empty", Status.UNKNOWN, 10.0),
    Row("ptr/right", 13, "packaged", Status.PASS, 0.25),
)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_table_counts_by_release_and_chroot_state() -> None:
    """Sorted, right-aligned numbers, and the total below."""
    assert summary(ROWS).splitlines() == [
        "release    chroot    passed  failed  unknown  seconds",
        "-----------------------------------------------------",
        "debian 11  empty          0       0        1     10.0",
        "debian 12  packaged       1       1        0      0.8",
        "debian 13  packaged       1       0        0      0.2",
        "-----------------------------------------------------",
        "all                       2       1        1     11.0",
    ]


def test_no_row_is_no_empty_table() -> None:
    """It says that nothing was run, which is no success."""
    assert summary([]) == "no scenario was run"


def test_scenario_takes_one_line_whatever_its_name_holds() -> None:
    """Status first, so that failures can be found by eye and by grep."""
    assert line(ROWS[1]) == "fail     debian 12  packaged  ptr/liar  0.50 s"
    assert "\x1b" not in line(Row("a\x1b[2J\n", 12, "off", Status.PASS, 0.1))


def test_colour_is_an_extra() -> None:
    """Only the escapes differ."""
    assert line(ROWS[1], colour=True) == "\x1b[31mfail   \x1b[0m" + line(ROWS[1])[7:]
    assert summary(ROWS, colour=True).splitlines()[-1] == "\x1b[33m" + summary(ROWS).splitlines()[-1] + "\x1b[0m"
    assert summary(ROWS[:1], colour=True).splitlines()[-1].startswith("\x1b[32m")


def test_colour_goes_to_terminals_that_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not into a pipe, not with NO_COLOR, not on a dumb terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not wants_colour(Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(Terminal())

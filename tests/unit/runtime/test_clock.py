"""Postfix's own time: what may be asked of it, and what is written and told when it moves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from postfix_lab.errors import InputError, LabError
from postfix_lab.inside.mailhost import wake
from postfix_lab.runtime.clock import ENVIRONMENT, FILE, Clock, environment, format_span, to_timedelta

CHROOT = f"/var/spool/postfix{FILE}"


@pytest.fixture
def told() -> list[object]:
    """What the mail host was told, in order."""
    return []


@pytest.fixture
def clock(told: list[object]) -> Clock:
    """A clock whose mail host only listens, and says the time that it was told."""

    def shell(command: str) -> str:
        files = told[-1] if told else ""
        told.append(command)
        return f"1000\n{1000 + float(files[FILE]):.0f}\n" if isinstance(files, dict) else ""

    return Clock(lambda files: told.append(dict(files)), shell, Path(wake.__file__))


def test_the_units_add_up() -> None:
    """Days, hours, minutes and seconds are one span."""
    assert to_timedelta(days=1, hours=2, minutes=3, seconds=4.5) == timedelta(days=1, hours=2, minutes=3, seconds=4.5)


@pytest.mark.parametrize(
    "span, said",
    [
        ({}, "more than nothing"),
        ({"hours": 0}, "not by 0 s"),
        ({"hours": -5}, "not by -5 h; it does not go back"),
        ({"days": 3651}, "up to 3650 days, not by 3651 d"),
        ({"days": 1e12}, "name numbers"),
        ({"days": float("nan")}, "name numbers"),
        ({"days": "5"}, "name numbers"),
        ({"hour": 5}, "not in 'hour'; did you mean hours"),
        ({"weeks": 1}, "not in 'weeks'"),
    ],
)
def test_time_that_cannot_pass(span: dict[str, float], said: str) -> None:
    """Time passes forward, in known units, up to ten years."""
    with pytest.raises(InputError) as refused:
        to_timedelta(**span)
    assert said in str(refused.value)


def test_moves_add_up_and_reach_the_chroot_first(clock: Clock, told: list[object]) -> None:
    """Each move is written for daemons in the chroot and outside, and then the queue manager is woken."""
    clock.advance(hours=1)
    clock.advance(minutes=1)
    settled, files, command = told[-3:]
    assert "find active" in str(settled)
    assert isinstance(files, dict)
    assert list(files.items()) == [(CHROOT, "+3660.000\n"), (FILE, "+3660.000\n")]
    assert "public/qmgr" in str(command)
    assert clock.ahead == timedelta(hours=1, minutes=1)


def test_a_refused_move_moves_nothing(clock: Clock, told: list[object]) -> None:
    """What cannot pass leaves the clock as it was."""
    with pytest.raises(InputError):
        clock.advance(hours=-1)
    assert (told, clock.ahead) == ([], timedelta())


@pytest.mark.parametrize("said", ["1000\n1000\n", "1000\n", "ERROR: ld.so: object cannot be preloaded\n1000\n1000\n"])
def test_a_library_that_does_nothing_is_found_out(said: str) -> None:
    """A program that has the world's time though the clock was put forward is the lab's own trouble."""
    idle = Clock(lambda _: None, lambda command: said if "date" in command else "", Path(wake.__file__))
    with pytest.raises(LabError, match="was put 1 h ahead"):
        idle.advance(hours=1)


def test_time_stands_while_mail_is_delivered() -> None:
    """Mail that qmgr has not put aside is named, and the clock is not moved."""
    files: list[object] = []
    busy = Clock(files.append, lambda _: "3B63F3283A1 ", Path(wake.__file__))
    with pytest.raises(LabError, match=r"put 3 h ahead, and mail is still being delivered.*: 3B63F3283A1"):
        busy.advance(hours=3)
    assert (files, busy.ahead) == ([], timedelta())


def test_the_report_has_it_once_it_was_moved(clock: Clock) -> None:
    """A clock that was not moved, or put back, is no deviation."""
    assert not clock.deltas
    clock.advance(days=5, seconds=1)
    (delta,) = clock.deltas
    assert (delta.what, delta.value) == ("clock", "5 d 1 s ahead")
    clock.reset()
    assert not clock.deltas


@pytest.mark.parametrize(
    "span, text",
    [
        (timedelta(), "0 s"),
        (timedelta(seconds=0.5), "0.5 s"),
        (timedelta(days=-1), "-1 d"),
        (timedelta(hours=24, minutes=1), "1 d 1 min"),
    ],
)
def test_a_span_in_words(span: timedelta, text: str) -> None:
    """Only what there is, is named."""
    assert format_span(span) == text


def test_the_admins_own_environment_is_passed_on() -> None:
    """The clock comes behind what main.cf, or else Postfix, has daemons inherit."""
    assert environment("TZ\n  OWN=1").value == " ".join(("TZ OWN=1", *ENVIRONMENT))
    assert environment(None).value.startswith("MAIL_CONFIG MAIL_DEBUG ")

"""What is run in the end: setups, rounds, and what the call says for tests that do not say it."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from postfix_lab.paths import CONFIGURATIONS
from tests.unit.yaml.conftest import Mistake, Plays

ONE = "tests: {a: {expect: {code: 250}}}\n"


def office(folder: Path) -> Path:
    shutil.copytree(CONFIGURATIONS / "seed", folder / "office")
    main = folder / "office" / "main.cf"
    main.write_text(main.read_text().replace("lab.test", "office.test"))
    return folder / "office"


def test_what_the_call_says(sheet: Plays, tmp_path: Path) -> None:
    """Its configuration and chroot states are those of tests that name none."""
    text = "tests: {a: {expect: {code: 250}}, b: {config: seed, chroot: stale, expect: {code: 250}}}\n"
    found = sheet(text, config=office(tmp_path), chroots=("packaged", "empty"))
    assert [(play.id, play.setup.configuration.name) for play in found] == [
        ("a[12-packaged]", "office"),
        ("a[12-empty]", "office"),
        ("b[12-stale]", "seed"),
    ]
    assert "bob@office.test" in str(found[0].rounds[0].sessions[0].dialogue)


def test_a_step_that_is_later(sheet: Plays) -> None:
    """The mail host has a clock where a step wants it, and only there."""
    text = "tests: {a: {steps: [{expect: {code: 250}}, {later: 4d 23.5h 1h, expect: {code: 250}}]}, b: {expect: {code: 250}}}"
    later, plain = sheet(text)
    assert [step.later for step in later.rounds] == [timedelta(), timedelta(days=5, minutes=30)]
    assert (later.setup.clock, plain.setup.clock) == (True, False)


def test_ends_that_are_expected(sheet: Plays) -> None:
    """`xfail` and `skip` have a reason."""
    first, second = sheet("tests: {a: {xfail: too early, expect: {code: 250}}, b: {skip: too late, expect: {code: 250}}}\n")
    assert (first.xfail, first.skip, second.xfail, second.skip) == ("too early", None, None, "too late")


@pytest.mark.parametrize(
    "text, message",
    [
        ("tests: {a: {skip: '', expect: {code: 250}}}\n", "2:19: '' is not a reason; say in a sentence why"),
        ('tests: {a: {skip: "\\x9b31m", expect: {code: 250}}}\n', "2:19: a reason is one line, without control characters"),
        ("tests: {a: {xfail: , expect: {code: 250}}}\n", "2:19: a reason is wanted here, not nothing"),
    ],
)
def test_mistakes(mistake: Mistake, text: str, message: str) -> None:
    """Each is told where it was written."""
    assert mistake(text).startswith(message)

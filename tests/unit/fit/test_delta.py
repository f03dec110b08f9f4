from __future__ import annotations

import pytest

from postfix_lab.fit.delta import Delta, delta_lines


@pytest.mark.parametrize(
    "file, line, where", [("main.cf", 7, "main.cf:7: "), ("main.cf", 0, "main.cf: "), ("", 0, "")]
)
def test_a_delta_as_lines(file: str, line: int, where: str) -> None:
    """What it is, then where it comes from and why; both harmless on a terminal."""
    assert list(delta_lines(Delta("a", "b\x1b", "why\n", file, line))) == ["a = b\\x1b", f"    {where}why\\n"]


def test_a_delta_of_the_labs_own() -> None:
    """It stands for no file."""
    assert (Delta("a", "b", "c").file, Delta("a", "b", "c").line) == ("", 0)

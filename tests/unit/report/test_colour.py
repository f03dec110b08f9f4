from __future__ import annotations

import io

import pytest

from postfix_lab.report.colour import wants_colour


class Stream(io.StringIO):
    """A terminal, or a file."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.mark.parametrize(
    "terminal, no_color, term, wanted",
    [
        (True, "", "xterm", True), (False, "", "xterm", False), (True, "1", "xterm", False), (True, "", "dumb", False), (True, None, None, True),
    ],
)  # fmt: skip
def test_where_colours_go(monkeypatch: pytest.MonkeyPatch, no_color: str | None, term: str | None, *, terminal: bool, wanted: bool) -> None:
    """To a terminal that can show them, unless somebody wants none."""
    for name, value in {"NO_COLOR": no_color, "TERM": term}.items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert wants_colour(Stream(terminal=terminal)) is wanted

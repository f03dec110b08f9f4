"""A file of scenarios in a folder of its own, and what comes of it."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.bind.play import Play, Wanted, plays

HEAD = "schema: postfix-lab/v1\n"
Plays = Callable[..., tuple[Play, ...]]
Mistake = Callable[[str], str]


@pytest.fixture
def sheet(tmp_path: Path) -> Plays:
    """The plays of a text; the line with the schema is put in front of it."""

    def make(text: str, releases: tuple[int, ...] = (12,), **wanted: object) -> tuple[Play, ...]:
        path = tmp_path / "sheet.yaml"
        path.write_text(HEAD + textwrap.dedent(text).lstrip("\n"), "utf-8")
        return plays(path, Wanted(releases, **wanted))  # type: ignore[arg-type]

    return make


@pytest.fixture
def mistake(sheet: Plays) -> Mistake:
    """What a text that cannot be used is told, without the folder that it lies in."""

    def first_mistake(text: str) -> str:
        with pytest.raises(InputError) as raised:
            sheet(text)
        return str(raised.value).partition("sheet.yaml:")[2] or str(raised.value)

    return first_mistake

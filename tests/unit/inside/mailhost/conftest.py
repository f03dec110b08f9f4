"""The program of the stubs for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.inside.mailhost.stubs import Stubs


@pytest.fixture
def stubs(tmp_path: Path) -> Iterator[Stubs]:
    """The program; it ends with its input."""
    program = Stubs(tmp_path)
    with program.process:
        yield program
        assert program.process.stdin is not None
        program.process.stdin.close()
    assert program.process.returncode == 0

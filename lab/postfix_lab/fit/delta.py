"""A delta: one thing that the lab changed in the configuration under test, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from postfix_lab.text import printable

MISSING = "missing, as in life"
"""The value of a delta for what the configuration lacks and the lab does not lend."""


@dataclass(frozen=True)
class Delta:
    """One thing that the lab changed in the configuration under test, and why."""

    what: str
    """A parameter (`local_transport`), a service of master.cf, or a file."""
    value: str
    reason: str
    file: str = ""
    """The admin's file that it is about, by its name in the folder; empty if it is about none."""
    line: int = 0
    """The line of that file, from 1; 0 if it is about no single line."""


def delta_lines(delta: Delta) -> Iterator[str]:
    """A delta as two lines for the report."""
    where = f"{delta.file}:{delta.line}: " if delta.line else f"{delta.file}: " if delta.file else ""
    yield printable(f"{delta.what} = {delta.value}")
    yield printable(f"    {where}{delta.reason}")

"""One line for each scenario as it ends, and a final table by Debian release and chroot state.

Plain text, the same in a terminal, a pipe and a CI log; colours only on a terminal, and only if NO_COLOR is
not set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_COLOURS = {Status.PASS: "32", Status.FAIL: "31", Status.UNKNOWN: "33"}
MISTAKE = "postfix-lab-mistake"
"""The property of a test's report that has the sentence of an `InputError`; it is beside the row."""
_WORDS = {Status.PASS: "passed", Status.FAIL: "failed", Status.UNKNOWN: "unknown"}


@dataclass(frozen=True)
class Row:
    """The result of one scenario on one mail host."""

    scenario: str
    debian: int
    chroot: str
    status: Status
    seconds: float
    note: str = ""
    """A remark: which of several verdicts occurred, why it fails as expected, or that it is a mistake of its author."""
    became: Sequence[str] = ()
    """The outcome of each session in words, which are compared between releases."""
    closed: bool = False
    """Whether the port was closed and the test accepts that as one of several verdicts, so that nothing was learned."""


def line(row: Row, *, colour: bool = False) -> str:
    """Return one scenario as a line: `pass     debian 12  packaged  ptr/liar.yaml::forged-gmail  0.04 s`."""
    status = _paint(f"{row.status.value:<7}", row.status if colour else None)
    title = printable(f"{row.scenario} -> {row.note}" if row.note else row.scenario)
    return f"{status}  debian {row.debian}  {printable(row.chroot):<8}  {title}  {row.seconds:.2f} s"


def summary(rows: Iterable[Row], *, colour: bool = False) -> str:
    """Count what passed, failed and stayed unknown, by Debian release and chroot state, with the total."""
    known = list(rows)
    if not known:
        return "no scenario was run"
    groups = sorted({(row.debian, row.chroot) for row in known})
    body = [
        (f"debian {debian}", printable(chroot), *_cells([r for r in known if (r.debian, r.chroot) == (debian, chroot)]))
        for debian, chroot in groups
    ]
    table = [("release", "chroot", *_WORDS.values(), "seconds"), *body, ("all", "", *_cells(known))]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(table[0]))]
    printed = [_align(cells, widths) for cells in table]
    rule = "-" * len(printed[0])
    worst = next((s for s in (Status.UNKNOWN, Status.FAIL) if any(r.status is s for r in known)), Status.PASS)
    total = _paint(printed[-1], worst if colour else None)
    return "\n".join([printed[0], rule, *printed[1:-1], rule, total])


def _cells(rows: Sequence[Row]) -> tuple[str, ...]:
    counts = (str(sum(row.status is status for row in rows)) for status in _WORDS)
    return (*counts, f"{sum(row.seconds for row in rows):.1f}")


def _align(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Align words to the left, numbers to the right."""
    words, numbers = zip(cells[:2], widths, strict=False), zip(cells[2:], widths[2:], strict=True)
    return "  ".join((*(f"{cell:<{width}}" for cell, width in words), *(f"{cell:>{width}}" for cell, width in numbers)))


def _paint(text: str, status: Status | None) -> str:
    return f"\x1b[{_COLOURS[status]}m{text}\x1b[0m" if status else text

"""Faults: the lies and silences of the lab's DNS, as data.

A fault names a question and says what happens to it instead of the truth. The first fault
that matches wins, so a narrow one goes before a wide one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    """What goes wrong (RFC 1035 section 4.1.1 for the rcodes)."""

    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    NXDOMAIN = "NXDOMAIN"
    NODATA = "NODATA"
    TIMEOUT = "TIMEOUT"
    """The question is recorded and never answered."""
    DELAY = "DELAY"
    """The true answer comes `seconds` late."""


@dataclass(frozen=True)
class Fault:
    """One question that goes wrong.

    `name` is a domain name, or `*.` and a domain name for everything below it; `type` is a
    record type or `ANY` for every type; `seconds` is for `DELAY` alone.
    """

    name: str
    kind: FaultKind
    type: str = "ANY"
    seconds: float = 0.0

    def matches(self, name: str, rtype: str) -> bool:
        """Whether this fault is about that question; names compare without case and root dot."""
        asked, mine = name.rstrip(".").lower(), self.name.rstrip(".").lower()
        if self.type.upper() not in ("ANY", rtype.upper()):
            return False
        return asked.endswith(mine[1:]) if mine.startswith("*.") else asked == mine


def first_match(faults: Sequence[Fault], name: str, rtype: str) -> Fault | None:
    """The fault that decides this question, or none."""
    return next((fault for fault in faults if fault.matches(name, rtype)), None)

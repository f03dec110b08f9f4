"""Which mail host a scenario is to run against."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from postfix_lab.runtime.setup import Setup


@dataclass(frozen=True)
class Target:
    """A mail host: a Debian release in a setup; `number` tells several of one release apart."""

    debian: int
    setup: Setup
    number: int = 0


def assign_numbers(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Return the targets with such numbers that each is a mail host of its own.

    Mail hosts differ by release, packages of the image, and number; the first keeps the number that it was given.
    """
    taken: set[tuple[int, tuple[str, ...], int]] = set()
    found = []
    for target in targets:
        number = target.number
        while (target.debian, target.setup.packages, number) in taken:
            number += 1
        taken.add((target.debian, target.setup.packages, number))
        found.append(replace(target, number=number))
    return tuple(found)

"""The mutants that no test can be asked to notice, each with its reason: `known_survivors.txt`.

A line is `module | function | change | reason`, as the runner prints the first three.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.mutants.mutation import Mutation

Name = tuple[str, str, str]
FILE = Path(__file__).with_name("known_survivors.txt")
SEPARATOR = " | "


def read(text: str) -> dict[Name, str]:
    """The reasons by the mutations' names. Raises ValueError, with the line, where a part is missing or a name occurs twice."""
    reasons: dict[Name, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        module, function, rest = [*line.split(SEPARATOR, 2), "", ""][:3]
        change, _, reason = rest.rpartition(SEPARATOR)
        name = (module, function, change)
        if not change or not reason.strip() or name in reasons:
            raise ValueError(f"line {number} of the known survivors is not `module | function | change | reason`, or is there twice: {line}")
        reasons[name] = reason.strip()
    return reasons


def entry(mutation: Mutation) -> str:
    """The line of a mutation, without its reason."""
    return SEPARATOR.join((*mutation.name, ""))


def outdated(reasons: Iterable[Name], mutations: Iterable[Mutation]) -> list[Name]:
    """Entries of which the code has no mutation (any more)."""
    there = {mutation.name for mutation in mutations}
    return [name for name in reasons if name not in there]

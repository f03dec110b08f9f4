from __future__ import annotations

import pytest

from tests.mutants import known
from tests.mutants.mutation import Mutation
from tests.mutants.pure_modules import PACKAGE


def test_reasons_are_read() -> None:
    """By module, function and change, which may itself have the separator in it; comments and empty lines are none."""
    text = "# why\n\na.py | f | 1 => 2 | it is a limit that nothing reaches\na.py | f | b | c => b & c | no reason\n"
    assert known.read(text) == {
        ("a.py", "f", "1 => 2"): "it is a limit that nothing reaches",
        ("a.py", "f", "b | c => b & c"): "no reason",
    }


@pytest.mark.parametrize("line", ["a.py | f | 1 => 2", "a.py | f | 1 => 2 | ", "a.py | f | 0 => 1 | one\na.py | f | 0 => 1 | two"])
def test_an_entry_without_a_reason_is_refused(line: str) -> None:
    """So is one that is there twice; the line is told."""
    with pytest.raises(ValueError, match=rf"^line {line.count(chr(10)) + 1} of the known survivors"):
        known.read(line)


def test_the_entry_of_a_mutation_lacks_its_reason() -> None:
    """It is printed so that somebody can write the reason behind it."""
    mutation = Mutation("a.py", 3, 7, "f", "1 => 2")
    assert known.entry(mutation) == "a.py | f | 1 => 2 | "
    assert known.read(known.entry(mutation) + "why") == {mutation.name: "why"}


def test_outdated_entries() -> None:
    """Entries of which the code has no mutation."""
    there = Mutation("a.py", 3, 7, "f", "1 => 2")
    assert known.outdated([there.name, ("a.py", "gone", "1 => 2")], [there]) == [("a.py", "gone", "1 => 2")]


def test_the_list_can_be_read() -> None:
    """Each entry of the project's own list has its reason, and the files that it names are there."""
    reasons = known.read(known.FILE.read_text())
    assert [module for module, _, _ in reasons if not (PACKAGE / module).is_file()] == []

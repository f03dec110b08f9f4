from __future__ import annotations

from dataclasses import replace

import pytest

from tests.mutants import run
from tests.mutants.mutation import Mutation
from tests.mutants.trial import Trial

MUTATIONS = [Mutation("a.py", index, index, "f", f"{index} => {index + 1}") for index in range(20)]
SURVIVOR = MUTATIONS[7]


def outcome(count: int, *, known: bool = False) -> run.Outcome:
    """What came of so many mutants, of which one was not noticed."""
    trials = [Trial(mutation, "" if mutation == SURVIVOR else "file", 0.1) for mutation in MUTATIONS[:count]]
    return run.Outcome(trials, {SURVIVOR.name: "it is equal"} if known else {})


@pytest.mark.parametrize("count, known, good", [(20, True, True), (20, False, False), (19, True, False)])
def test_what_is_good(count: int, *, known: bool, good: bool) -> None:
    """95 of 100 were noticed, and each other one has its reason."""
    assert outcome(count, known=known).is_good is good


def test_a_survivor_is_told_as_a_line_for_the_list() -> None:
    """With its place, and the sum at the end."""
    told = outcome(20).lines()
    assert told == [
        "SURVIVED  a.py:7 f: 7 => 8\n          a.py | f | 7 => 8 | ",
        "19 of 20 mutants were noticed (95.0%): 19 by the tests at the module's path, 0 by others of its package, 0 by others",
    ]


def test_a_known_survivor_is_told_with_its_reason() -> None:
    """It is none that anybody has to look at."""
    assert outcome(20, known=True).lines()[0] == "survived, as known  a.py:7 f: 7 => 8: it is equal"


def test_a_seed_draws_the_same_sample() -> None:
    """Another one draws another, and none has a mutation twice."""
    first = run.draw(MUTATIONS, 10, 1)
    assert first == run.draw(MUTATIONS, 10, 1)
    assert first != run.draw(MUTATIONS, 10, 2)
    assert len(set(first)) == 10


def test_a_sample_stays_when_code_changes_elsewhere() -> None:
    """Mutations that go or come change only their own share of it."""
    first = set(run.draw(MUTATIONS, 10, 1))
    more = [replace(mutation, function="g") for mutation in MUTATIONS[:2]]
    assert len(first & set(run.draw([*more, *MUTATIONS], 10, 1))) >= 8
    moved = [replace(mutation, line=mutation.line + 7) for mutation in MUTATIONS]
    assert {mutation.name for mutation in run.draw(moved, 10, 1)} == {mutation.name for mutation in first}


@pytest.mark.parametrize("count", [0, 20, 21])
def test_all_of_them(count: int) -> None:
    """Nought asks for every mutation, and more than there are is all of them."""
    assert run.draw(MUTATIONS, count, 1) == MUTATIONS


def test_what_is_mutated() -> None:
    """The pure modules, each mutation with a name of its own."""
    names = [mutation.name for mutation in run.candidates()]
    assert len(names) == len(set(names)) > 5000
    modules = {module for module, _, _ in names}
    assert {"text.py", "dns/name.py", "postfix/log/grammar.py"} <= modules
    assert "audit/examine.py" not in modules

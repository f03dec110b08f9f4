from __future__ import annotations

import pytest

from postfix_lab.fit import endpoints
from postfix_lab.text import shorten
from tests.mutants.mutation import Mutation, mutations
from tests.mutants.pure_modules import PACKAGE
from tests.mutants.swap import loaded_functions, new_code


def mutation(module: str, change: str) -> Mutation:
    return next(one for one in mutations(module, (PACKAGE / module).read_text()) if one.change == change)


def test_a_function_gets_the_code_of_the_mutant() -> None:
    """The loaded one behaves as the mutant, and as itself when its own code is back."""
    swaps = new_code(mutation("text.py", "len(text) <= width => len(text) < width"), loaded_functions())
    assert swaps is not None
    assert [function for function, _ in swaps] == [shorten]
    (function, code), old = swaps[0], shorten.__code__
    assert shorten("four", 4) == "four"
    try:
        function.__code__ = code
        assert shorten("four", 4) != "four"
    finally:
        function.__code__ = old


@pytest.mark.parametrize(
    "module, change",
    [("fit/endpoints.py", "'/run/' => '/run/XX'"), ("fit/choices.py", "'sink' => 'sinkXX'"), ("fit/draft.py", "'accept' => 'acceptXX'")],
)
def test_what_shows_only_in_a_module_that_is_imported(module: str, change: str) -> None:
    """A constant of a module or of a class is in no function."""
    assert endpoints.endpoint("unix:/run/x", chrooted=True)
    assert new_code(mutation(module, change), loaded_functions()) is None

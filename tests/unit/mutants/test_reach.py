from __future__ import annotations

import threading

from postfix_lab.fit.endpoints import endpoint
from postfix_lab.text import shorten
from tests.mutants.mutation import Mutation
from tests.mutants.reach import Calls, Reach


def test_calls_are_noted() -> None:
    """Those of the package, in every thread, from the start to the end; a comprehension is its function."""
    calls = Calls()
    calls.start()
    endpoint("unix:x", chrooted=True)
    thread = threading.Thread(target=shorten, args=("text", 3))
    thread.start()
    thread.join()
    noted = calls.end()
    shorten("text", 3)
    assert ("fit/endpoints.py", "endpoint") in noted
    assert ("text.py", "shorten") in noted
    assert {module for module, _ in noted} == {"fit/endpoints.py", "text.py"}
    calls.start()
    assert calls.end() == set()


def test_the_tests_of_a_mutation() -> None:
    """Those that called its function."""
    reach = Reach()
    reach.add("one", 0.1, {("a.py", "f"), ("a.py", "C.g")})
    reach.add("two", 0.2, {("a.py", "C.g")})
    assert [reach.of(Mutation("a.py", 0, 1, name, "1 => 2")) for name in ("f", "C.g", "h")] == [{"one"}, {"one", "two"}, set()]
    assert reach.seconds == {"one": 0.1, "two": 0.2}

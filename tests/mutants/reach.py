"""Which test calls which function of the package, and how long it takes: a mutant needs only the tests that reach it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from types import CodeType, FrameType

from tests.mutants.mutation import Mutation
from tests.mutants.pure_modules import PACKAGE

Function = tuple[str, str]
"""A module's path below the package, and the name of a function in it, with its class and the functions around it."""


@dataclass
class Reach:
    """The calls of each test, by its id, and those of no test: while modules were imported and tests collected."""

    seconds: dict[str, float] = field(default_factory=dict)
    """Of processor time."""
    tests: dict[Function, set[str]] = field(default_factory=dict)
    early: set[Function] = field(default_factory=set)

    def add(self, test: str, seconds: float, functions: set[Function]) -> None:
        """Note what a test called."""
        self.seconds[test] = seconds
        for function in functions:
            self.tests.setdefault(function, set()).add(test)

    def of(self, mutation: Mutation) -> set[str]:
        """The tests that call its function."""
        return self.tests.get((mutation.module, mutation.function), set())


class Calls:
    """Notes the functions of the package that are called, in every thread, from start() to end()."""

    def __init__(self) -> None:
        self._seen: set[CodeType] = set()

    def start(self) -> None:
        """Forget what was noted, and note what is called from now on."""
        self._seen = set()
        threading.settrace(self._trace)
        sys.settrace(self._trace)

    def end(self) -> set[Function]:
        """What was called since the start."""
        sys.settrace(None)
        threading.settrace(None)
        return {_name(code) for code in self._seen if code.co_filename.startswith(str(PACKAGE))}

    def _trace(self, frame: FrameType, _event: str, _argument: object) -> None:
        self._seen.add(frame.f_code)


def _name(code: CodeType) -> Function:
    """A lambda or a comprehension counts as the function around it, as in mutations."""
    parts = [part for part in code.co_qualname.split(".") if not part.startswith("<")]
    return code.co_filename.removeprefix(f"{PACKAGE}/"), ".".join(parts)

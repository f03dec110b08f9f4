"""Whether the unit tests notice a mutation that has to be imported: each attempt in a process that has pytest loaded, but not the package.

The mutant stands in memory alone: an import hook gives its code for the module's, so no file of the checkout is changed. A process that
dies, hangs or cannot import the mutant has noticed it.
"""

from __future__ import annotations

import importlib.machinery
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from hypothesis import HealthCheck, settings

from tests.mutants.forking import status_of
from tests.mutants.mutation import Mutation, mutate
from tests.mutants.pure_modules import LAB, PACKAGE, PURE, ROOT

UNIT = ROOT / "tests" / "unit"
QUIET = ("-q", "-n", "0", "--no-header", "--tb=no", "--hypothesis-seed=0")
PROCESSOR_SECONDS = 90
"""All these tests together take a third of it; a mutant that loops uses it up."""
WALL_SECONDS = 600
"""What ends a mutant that waits for ever; generous, as a machine may be busy."""
_PASSED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


class Stage(IntEnum):
    """How near tests stand to a module."""

    file = 0
    """At the module's path."""
    package = 1
    """In the same room."""
    all = 2


@dataclass(frozen=True)
class Trial:
    """What came of a mutation: the stage that noticed it ("file", "package", "all"), or "" if none did."""

    mutation: Mutation
    noticed_by: str
    seconds: float
    test: str = ""
    """The test that noticed it, where it is known."""


class _Finder(MetaPathFinder):
    """Gives one module other code than its file has."""

    def __init__(self, name: str, code: CodeType) -> None:
        self.name, self.code = name, code

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """The module's own place, with a loader that has the mutant."""
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target) if fullname == self.name else None
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(fullname, spec.origin, self.code)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, fullname: str, path: str, code: CodeType) -> None:
        super().__init__(fullname, path)
        self.code = code

    def get_code(self, fullname: str) -> CodeType:
        """The mutant, which is neither read from nor written to `__pycache__`."""
        assert fullname == self.name
        return self.code


def try_mutation(mutation: Mutation, left_out: Sequence[str] = ()) -> Trial:
    """Run the tests that stand nearest first, then the rest of the package's, then all others, but for those left out.

    All others take so long that one of them may fail by chance on a busy machine: they have to fail twice.
    """
    start = time.monotonic()
    for stage, paths in stages(mutation.module):
        if not passes(mutation, paths, left_out) and (stage is not Stage.all or not passes(mutation, paths, left_out)):
            return Trial(mutation, stage.name, time.monotonic() - start)
    return Trial(mutation, "", time.monotonic() - start)


def stages(module: str, unit: Path = UNIT) -> list[tuple[Stage, list[Path]]]:
    """The tests in three parts, of which none has a test of another and none is empty."""
    parts: dict[Stage, list[Path]] = {}
    for test in behaviour_tests(unit):
        parts.setdefault(stage_of(module, test, unit), []).append(test)
    return sorted(parts.items())


def stage_of(module: str, test: Path, unit: Path = UNIT) -> Stage:
    """How near a file of tests stands to a module."""
    path = Path(module)
    if test.parent == unit / path.parent and test.stem.startswith(f"test_{path.stem}"):
        return Stage.file
    return Stage.package if unit / path.parts[0] in test.parents else Stage.all


def behaviour_tests(unit: Path = UNIT) -> list[Path]:
    """The files of tests of the pure modules; those of other modules take twice as long and notice next to nothing."""
    rooms = {name.removesuffix(".py") for name in PURE}
    parts = {path: path.relative_to(unit).parts for path in sorted(unit.rglob("test_*.py"))}
    return [path for path, (first, *_) in parts.items() if first.removeprefix("test_").removesuffix(".py") in rooms]


def passes(mutation: Mutation | None, tests: Sequence[Path], left_out: Sequence[str] = ()) -> bool:
    """Whether tests pass with the mutant in the module's place; without one, whether they pass at all."""

    def run(scratch: Path) -> int:
        wait_for_properties()
        if mutation is not None:
            _install(mutation)
        without = [f"--deselect={name}" for name in left_out]
        return pytest.main(["-x", *QUIET, *without, f"--basetemp={scratch}/pytest", f"--rootdir={ROOT}", *map(str, tests)])

    return status_of(run, PROCESSOR_SECONDS, WALL_SECONDS) in _PASSED


def wait_for_properties() -> None:
    """Let Hypothesis take its time, as a machine may be busy, and keep no examples that fail with a mutant alone."""
    settings.register_profile("mutants", deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("mutants")


def _install(mutation: Mutation) -> None:
    file = PACKAGE / mutation.module
    parts = file.relative_to(LAB).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    code = compile(mutate(file.read_text(), mutation.index), str(file), "exec", dont_inherit=True)
    sys.meta_path.insert(0, _Finder(name, code))

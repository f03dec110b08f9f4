"""Whether the unit tests notice a mutation: each attempt in a process of its own, forked from one that has pytest loaded.

The mutant stands in memory alone: an import hook gives its code for the module's, so no file of the checkout is changed. Forked processes are
why a mutant costs a second. A process that dies, hangs or cannot import the mutant has noticed it.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import resource
import select
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.mutants.mutation import Mutation, mutate
from tests.mutants.pure_modules import LAB, PACKAGE, ROOT

UNIT = ROOT / "tests" / "unit"
PROCESSOR_SECONDS = 90
"""All unit tests together take a third of it; a mutant that loops uses it up."""
WALL_SECONDS = 600
"""What ends a mutant that waits for ever; generous, as a machine may be busy."""
MEMORY = 3 << 30
"""Octets of address space for a mutant that collects without end."""
QUIET = ("-q", "-n", "0", "--no-header", "--tb=no", "--hypothesis-seed=0")
_PASSED = (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
_NOT_OF_BEHAVIOUR = frozenset({"test_project.py", "test_mirror.py", "test_purity.py", "mutants"})
"""Tests that read the checkout's files, which no mutant changes."""


@dataclass(frozen=True)
class Trial:
    """What came of a mutation: the stage that noticed it ("file", "package", "all"), or "" if none did."""

    mutation: Mutation
    noticed_by: str
    seconds: float
    test: str = ""


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


def try_mutation(mutation: Mutation) -> Trial:
    """Run the tests that stand nearest first, then the rest of the package's, then all others.

    All others take so long that one of them may fail by chance on a busy machine: they have to fail twice.
    """
    start = time.monotonic()
    for stage, paths in stages(mutation.module):
        if not passes(mutation, paths) and (stage != "all" or not passes(mutation, paths)):
            return Trial(mutation, stage, time.monotonic() - start)
    return Trial(mutation, "", time.monotonic() - start)


def stages(module: str, unit: Path = UNIT) -> list[tuple[str, list[Path]]]:
    """The tests of a module (its path below the package) in three parts, of which none has a test of another."""
    path = Path(module)
    everything = behaviour_tests(unit)
    near = [test for test in everything if test.parent == unit / path.parent and test.stem.startswith(f"test_{path.stem}")]
    top = unit / path.parts[0]
    package = [test for test in everything if top in test.parents and test not in near]
    rest = [test for test in everything if test not in near and test not in package]
    return [(name, tests) for name, tests in (("file", near), ("package", package), ("all", rest)) if tests]


def stage_of(module: str, test: Path, unit: Path = UNIT) -> tuple[int, str]:
    """How near a file of tests stands to a module: 0 "file", 1 "package" or 2 "all"."""
    path = Path(module)
    if test.parent == unit / path.parent and test.stem.startswith(f"test_{path.stem}"):
        return 0, "file"
    return (1, "package") if unit / path.parts[0] in test.parents else (2, "all")


def behaviour_tests(unit: Path = UNIT) -> list[Path]:
    """The files of tests that run the package's code."""
    return [path for path in sorted(unit.rglob("test_*.py")) if not set(path.relative_to(unit).parts) & _NOT_OF_BEHAVIOUR]


def passes(mutation: Mutation | None, tests: Sequence[Path]) -> bool:
    """Whether tests pass with the mutant in the module's place; without one, whether they pass at all."""
    scratch = tempfile.mkdtemp(prefix="mutant-")
    try:
        child = os.fork()
        if child == 0:
            _run_and_exit(mutation, tests, scratch)
        return _status(child) in _PASSED
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run_and_exit(mutation: Mutation | None, tests: Sequence[Path], scratch: str) -> None:
    status = 99
    with contextlib.suppress(BaseException):
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with Path(os.devnull).open("r+b") as nothing:
            for stream in (0, 1, 2):
                os.dup2(nothing.fileno(), stream)
        if mutation is not None:
            _install(mutation)
        status = pytest.main(["-x", *QUIET, f"--basetemp={scratch}/pytest", f"--rootdir={ROOT}", *map(str, tests)])
    os._exit(status)


def _install(mutation: Mutation) -> None:
    file = PACKAGE / mutation.module
    parts = file.relative_to(LAB).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    code = compile(mutate(file.read_text(), mutation.index), str(file), "exec", dont_inherit=True)
    sys.meta_path.insert(0, _Finder(name, code))


def _status(child: int) -> int:
    """The child's exit status, negative if a signal ended it or its time was up; nothing of its group stays."""
    descriptor = os.pidfd_open(child)
    try:
        ready = bool(select.select([descriptor], [], [], WALL_SECONDS)[0])
    finally:
        os.close(descriptor)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if ready else -signal.SIGKILL

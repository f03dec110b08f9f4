"""Tries mutants in processes that are forked when all tests are collected, so that an attempt costs what its tests cost.

Each test is run once to see which functions it calls; a mutant is tried with the tests that call its function, the nearest first. A
mutant whose function was called before any test ran, or that shows only in a module's or a class's body, has to be imported:
`trial.py` does that.
"""

from __future__ import annotations

import gc
import importlib
import mmap
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from tests.mutants.forking import status_of
from tests.mutants.mutation import Mutation
from tests.mutants.pure_modules import ROOT, pure_modules
from tests.mutants.reach import Calls, Function, Reach
from tests.mutants.swap import Loaded, Swap, loaded_functions, new_code
from tests.mutants.trial import QUIET, Trial, stage_of, wait_for_properties

PATIENCE = 2.0
"""Processor seconds that a test may take at least; otherwise ten times what it takes without a mutant."""
_WAIT = 300
"""Seconds on the clock for an attempt, and 100 times the processor time of its tests: a machine may be busy, a test may wait."""
Recorded = tuple[str, float, set[Function], bool]
"""A test, its processor seconds, what it called, and whether it failed."""
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass
class Found:
    """What the server finds out: what tests reach, trials, mutations that have to be imported, tests that fail without any, and are left out."""

    reach: Reach = field(default_factory=Reach)
    trials: list[Trial] = field(default_factory=list)
    left: list[Mutation] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


class Server:
    """Plugin that does something else with the collected tests than run them once."""

    def __init__(self, sample: Sequence[Mutation], processes: int, say: Callable[[str], object]) -> None:
        self.sample, self.processes, self.say = sample, processes, say
        self.found = Found()
        self.items: dict[str, pytest.Item] = {}
        self.loaded: Loaded = {}
        self._calls = Calls()
        self._is_failed = False

    def collect_and_try(self, tests: Iterable[Path]) -> Found:
        """Collect these files, and try the sample with their tests; this process is of no other use then."""
        wait_for_properties()
        self._calls.start()
        for module in pure_modules():
            importlib.import_module(".".join(("postfix_lab", *Path(module).with_suffix("").parts)).removesuffix(".__init__"))
        status = pytest.main([*QUIET, f"--rootdir={ROOT}", *map(str, tests)], plugins=[self])
        if not self.items:
            self.found.failed.append(f"no test could be collected: status {status}")
        return self.found

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notice a failure."""
        self._is_failed = self._is_failed or report.failed

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Find out what each test reaches, then try the mutations with those that reach them."""
        found = self.found
        found.reach.early = self._calls.end()
        self.items = {item.nodeid: item for item in session.items}
        files: dict[Path, list[str]] = {}
        for name, item in self.items.items():
            files.setdefault(item.path, []).append(name)
        for recorded in self._spread(_record, list(files.values())):
            for test, seconds, functions, failed in recorded:
                if failed:
                    found.failed.append(test)
                else:
                    found.reach.add(test, seconds, functions)
        self.say(f"{len(self.items)} tests were run once")
        self.loaded = loaded_functions()
        gc.freeze()  # What is loaded is shared with the forked processes as long as no collection walks over it.
        for mutation, trial in self._spread(_try, self.sample):
            if trial is None:
                found.left.append(mutation)
            else:
                found.trials.append(trial)
        self.say(f"{len(found.trials)} were tried in place; {len(found.left)} have to be imported")
        return True

    def _spread(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[Result]:
        """Do the work in processes that are forked now."""
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(self.processes, context, initializer=_servers.append, initargs=(self,)) as pool:
            for done in as_completed([pool.submit(work, task) for task in tasks]):
                yield done.result()

    def record(self, names: Sequence[str]) -> list[Recorded]:
        """Run tests once; one that fails, once more."""
        recorded: list[Recorded] = []
        for name in names:
            start = time.process_time()
            self._calls.start()
            failed = not self._passes([name]) and not self._passes([name])
            recorded.append((name, time.process_time() - start, self._calls.end(), failed))
        return recorded

    def try_mutation(self, mutation: Mutation) -> Trial | None:
        """Run the tests that reach it until one fails, and would again alone; None if the mutant has to be imported."""
        start = time.monotonic()
        reach = self.found.reach
        swaps = None if (mutation.module, mutation.function) in reach.early else new_code(mutation, self.loaded)
        if swaps is None:
            return None
        stages = {name: stage_of(mutation.module, self.items[name].path) for name in reach.of(mutation)}
        names = sorted(stages, key=lambda name: (stages[name], reach.seconds[name]))
        while names:
            failing = self._attempt(swaps, names)
            if failing is None:
                break
            name = names[failing]
            if self._attempt(swaps, [name]) is not None:
                return Trial(mutation, stages[name].name, time.monotonic() - start, name)
            names = names[failing + 1 :]
        return Trial(mutation, "", time.monotonic() - start)

    def _attempt(self, swaps: Sequence[Swap], names: Sequence[str]) -> int | None:
        """Which of the tests fails first, or None."""
        place = mmap.mmap(-1, 8)

        def run(scratch: Path) -> int:
            os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)
            for function, code in swaps:
                function.__code__ = code
            return 0 if self._passes(names, place) else 1

        seconds = sum(self.found.reach.seconds[name] for name in names)
        status = status_of(run, processor_seconds=int(20 + 10 * seconds), wall_seconds=_WAIT + 100 * seconds)
        return None if status == 0 else int.from_bytes(place[:8], "big")

    def _passes(self, names: Sequence[str], place: mmap.mmap | None = None) -> bool:
        """Whether these tests pass; the number of each is put in `place` before it runs."""
        self._is_failed = False
        items = [self.items[name] for name in names]
        for number, (item, following) in enumerate(zip(items, [*items[1:], None], strict=True)):
            if place is not None:
                place[:8] = number.to_bytes(8, "big")
                signal.setitimer(signal.ITIMER_PROF, max(PATIENCE, 10 * self.found.reach.seconds[item.nodeid]))
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self._is_failed:
                break
        return not self._is_failed


_servers: list[Server] = []
"""The server from which this process was forked."""


def _record(names: Sequence[str]) -> list[Recorded]:
    return _servers[0].record(names)


def _try(mutation: Mutation) -> tuple[Mutation, Trial | None]:
    return mutation, _servers[0].try_mutation(mutation)

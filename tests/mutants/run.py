"""`make mutants`: how many of a seeded sample of mutants of the pure modules the unit tests notice, and which they do not.

A runner of its own, as the mutation testers that there are do not fit: mutmut leaves properties, context managers, tables and every
other code outside of plain functions unchanged and draws no sample, cosmic-ray changes the files of the checkout and starts pytest anew for each.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import multiprocessing
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue

from tests.mutants import known
from tests.mutants.known import Name
from tests.mutants.mutation import Kind, Mutation, mutations
from tests.mutants.pure_modules import PACKAGE, pure_modules
from tests.mutants.server import Found, Server
from tests.mutants.trial import Trial, behaviour_tests, try_mutation

USUAL = (Kind.COMPARISON, Kind.CONDITION, Kind.RESULT)
"""What is changed unless constants and operators are asked for too, of which many are equal for every test: the word for an internal state, the
default of what is only asked whether it is empty."""
SHARE = 0.95
"""How many of the mutants have to be noticed."""
_LIBRARIES = ("aiosmtpd.controller", "cattrs", "click", "dnslib", "docker", "hypothesis", "jsonschema", "testcontainers.core", "trustme", "yaml")
"""Loaded once, before anything is forked; the package itself must not be."""


@dataclass(frozen=True)
class Outcome:
    """What came of a sample."""

    trials: Sequence[Trial]
    reasons: Mapping[Name, str]

    @property
    def survivors(self) -> list[Trial]:
        """The mutants that no test noticed."""
        return sorted((trial for trial in self.trials if not trial.noticed_by), key=lambda trial: str(trial.mutation))

    @property
    def unexplained(self) -> list[Trial]:
        """The survivors that are not on the list of known ones."""
        return [trial for trial in self.survivors if trial.mutation.name not in self.reasons]

    @property
    def share(self) -> float:
        """How many of all were noticed, 1.0 for each of them."""
        return 1 - len(self.survivors) / max(1, len(self.trials))

    @property
    def is_good(self) -> bool:
        """Whether enough were noticed and every other one has its reason."""
        return self.share >= SHARE and not self.unexplained

    def lines(self) -> list[str]:
        """The survivors, with a reason or as a line for the list, and the sum."""
        told = [f"survived, as known  {s.mutation}: {self.reasons[s.mutation.name]}" for s in self.survivors if s not in self.unexplained]
        told += [f"SURVIVED  {s.mutation}\n          {known.entry(s.mutation)}" for s in self.unexplained]
        stages = Counter(trial.noticed_by for trial in self.trials if trial.noticed_by)
        by = ", ".join(f"{stages[name]} by {words}" for name, words in _STAGES.items())
        return [*told, f"{sum(stages.values())} of {len(self.trials)} mutants were noticed ({self.share:.1%}): {by}"]


_STAGES = {"file": "the tests at the module's path", "package": "others of its package", "all": "others"}


def main() -> int:
    """Try a sample; status 1 if too few are noticed or a survivor has no reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="paths below lab/postfix_lab, or their beginnings; all without one")
    parser.add_argument("--mutants", type=int, default=300, help="how many; 0: every one")
    parser.add_argument("--seed", type=int, default=None, help="of the sample; by default another one each time")
    parser.add_argument("--constants", action="store_true", help="change constants and arithmetic as well")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    said = parser.parse_args()
    start = time.monotonic()
    everything = candidates()
    chosen = [m for m in everything if said.constants or m.kind in USUAL]
    chosen = [m for m in chosen if not said.modules or m.module.startswith(tuple(said.modules))]
    seed = random.SystemRandom().randrange(1_000_000) if said.seed is None else said.seed
    sample = draw(chosen, said.mutants, seed)
    if not sample:
        parser.error(f"there is nothing to mutate in {', '.join(said.modules)}")
    _say(f"{len(sample)} of {len(chosen)} mutants, SEED={seed}")
    reasons = known.read(known.FILE.read_text())
    outdated = known.outdated(reasons, everything)
    for name in outdated:
        _say(f"known survivor that no longer exists: {known.SEPARATOR.join(name)}")
    for library in _LIBRARIES:
        importlib.import_module(library)
    found = serve(sample, said.processes)
    if found.failed:
        _say("left out, as they fail without any mutant; run `make check` first:", *found.failed)
    outcome = Outcome([*found.trials, *run(found.left, said.processes, found.failed)], reasons)
    _say(*outcome.lines(), f"{time.monotonic() - start:.0f} s")
    return 0 if outcome.is_good and not outdated and not found.failed else 1


def serve(sample: Sequence[Mutation], processes: int) -> Found:
    """Try those that need not be imported, in a process that has everything loaded, which this one must not have."""
    context = multiprocessing.get_context("fork")
    answer = context.SimpleQueue()
    process = context.Process(target=_serve, args=(sample, processes, answer))
    process.start()
    found = answer.get()
    process.join()
    if isinstance(found, Found):
        return found
    raise RuntimeError(f"the server died: {found}")


def _serve(sample: Sequence[Mutation], processes: int, answer: SimpleQueue[object]) -> None:
    out, nothing = os.dup(1), os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nothing, stream)
    try:
        answer.put(Server(sample, processes, lambda line: os.write(out, f"{line}\n".encode())).collect_and_try(behaviour_tests()))
    except BaseException as error:
        answer.put(repr(error))
        raise


def candidates() -> list[Mutation]:
    """Every mutation of the pure modules."""
    return [mutation for module in pure_modules() for mutation in mutations(module, (PACKAGE / module).read_text())]


def draw(chosen: Sequence[Mutation], count: int, seed: int) -> list[Mutation]:
    """As many of them as asked for; the same ones for the same seed, also when others come or go elsewhere in the code."""
    if not count or count >= len(chosen):
        return list(chosen)
    return sorted(chosen, key=lambda mutation: hashlib.sha256(repr((seed, *mutation.name)).encode()).digest())[:count]


def run(sample: Sequence[Mutation], processes: int, left_out: Sequence[str] = ()) -> list[Trial]:
    """Try those that have to be imported, several at a time, and say now and then how far it is."""
    start = last = time.monotonic()
    trials: list[Trial] = []
    # No multiprocessing.Pool: its workers may have no children, and some tests start processes.
    with ProcessPoolExecutor(processes, multiprocessing.get_context("fork")) as pool:
        for done in as_completed([pool.submit(try_mutation, mutation, left_out) for mutation in sample]):
            trials.append(done.result())
            if time.monotonic() - last > 30:
                last = time.monotonic()
                _say(f"{len(trials)} after {last - start:.0f} s, {_count(trials)} of them not noticed")
    return trials


def _count(trials: Iterable[Trial]) -> int:
    return sum(not trial.noticed_by for trial in trials)


def _say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

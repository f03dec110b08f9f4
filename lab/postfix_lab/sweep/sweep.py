"""Repeat a scenario, each time with one additional fault."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import save
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.target import Target
from postfix_lab.sweep.cell import Cell, SweptQuestion, baseline_cell, confirm_baseline, judge_cell, questions, verdict
from postfix_lab.verdict.checks.check import require_known
from postfix_lab.verdict.verdict_file import save_verdict

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.runtime.executor import Executor
    from postfix_lab.scene import CompletedRun

USUAL = (FaultKind.SERVFAIL, FaultKind.TIMEOUT, FaultKind.NXDOMAIN, FaultKind.NODATA, FaultKind.REFUSED)
_PATIENCE = 90.0
"""Seconds that a reply may take: policyd-spf waits 20 s for each answer (`Lookup_Time`)."""
_SECONDS = {FaultKind.DELAY: 0.5, FaultKind.TRUNCATE_HANG: 3.0}
"""glibc waits for an answer over TCP until the connection is closed, whatever resolv.conf says of timeouts."""


@dataclass(frozen=True)
class SweepResult:
    """The table of one scenario on one mail host."""

    scenario: str
    debian: int
    kinds: tuple[FaultKind, ...]
    undisturbed: Cell
    rows: tuple[tuple[SweptQuestion, tuple[Cell, ...]], ...]
    once: tuple[SweptQuestion, ...] = ()
    """Questions of the first run that the second did not ask; not about the mail, so not swept."""

    @property
    def cells(self) -> tuple[tuple[SweptQuestion | None, FaultKind | None, Cell], ...]:
        """Every cell with its question and kind of fault; None for the undisturbed run."""
        disturbed = [
            (question, kind, cell)
            for question, cells in self.rows
            for kind, cell in zip(self.kinds, cells, strict=True)
        ]
        return ((None, None, self.undisturbed), *disturbed)


def select_kinds(names: Iterable[str], *, every: bool) -> tuple[FaultKind, ...]:
    """Return the kinds of fault by name, by default the five usual ones; raises InputError for an unknown name."""
    if every:
        return tuple(kind for kind in FaultKind if kind is not FaultKind.ANSWER)
    named = [require_known(name.upper(), FaultKind, "kind of fault") for name in names]
    if FaultKind.ANSWER in named:
        raise InputError("ANSWER needs records of its own, so it cannot be swept; write it with dns.fault(...)")
    return tuple(dict.fromkeys(map(FaultKind, named))) or USUAL


def sweep(executor: Executor, happened: CompletedRun, kinds: Sequence[FaultKind]) -> SweepResult:
    """Fail each question of that run in turn with each of these faults.

    The scenario is first repeated without a fault: questions that a mail host asks only after a change of setup are
    left out, and a scenario with another outcome the second time cannot be compared.
    """
    (baseline,) = executor.execute(_job(happened, "undisturbed"))
    first = confirm_baseline(baseline_cell(happened.evidence), baseline_cell(baseline))
    asked = questions(baseline)
    faults = [(question, kind) for question in asked for kind in kinds]
    jobs = [_job_with_fault(happened, *fault, number) for number, fault in enumerate(faults, 1)]
    found = [
        _judge(first, happened, kind, seen)
        for (_, kind), (_, (seen,)) in zip(faults, executor.execute_all(jobs), strict=True)
    ]
    width = len(kinds)
    rows = [(question, tuple(found[at * width : (at + 1) * width])) for at, question in enumerate(asked)]
    once = tuple(question for question in questions(happened.evidence) if question not in asked)
    return SweepResult(happened.scenario.name, happened.host.debian, tuple(kinds), first, tuple(rows), once)


def _job(completed: CompletedRun, word: str, *faults: Fault, title: str = "") -> Job:
    """Return the job to repeat a run with these faults before its own."""
    scenario = completed.scenario
    world = replace(scenario.world, faults=(*faults, *scenario.world.faults))
    named = replace(scenario, name=f"{scenario.name}-{word}", world=world)
    target = Target(completed.host.debian, completed.setup)
    return Job(named, (target,), max(completed.limit, _PATIENCE), title)


def _job_with_fault(completed: CompletedRun, question: SweptQuestion, kind: FaultKind, number: int) -> Job:
    fault = Fault(question.name, kind, question.type, _SECONDS.get(kind, 0.0))
    return _job(completed, f"sweep-{number}", fault, title=f"{completed.scenario.name}: {kind} for {question}")


def _judge(first: Cell, completed: CompletedRun, kind: FaultKind, evidence: Evidence) -> Cell:
    """Return the cell of a repetition; its evidence is saved if it is an alarm or unknown."""
    cell = judge_cell(first, evidence, kind)
    if not (cell.alarms or cell.unknown):
        return cell
    folder = save(evidence, completed.folder.with_name(evidence.scenario))
    save_verdict(evidence, [verdict(cell)], folder, None, cell.seconds)
    return replace(cell, folder=str(folder))

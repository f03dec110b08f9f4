"""Repeat a scenario, each time with one additional fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import save
from postfix_lab.sweep.cell import Cell, SweptQuestion, baseline_cell, confirm_baseline, judge_cell, questions, verdict
from postfix_lab.verdict.checks.check import require_known
from postfix_lab.verdict.verdict_file import save_verdict

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.runtime.lab import Lab
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


def sweep(lab: Lab, happened: CompletedRun, kinds: Sequence[FaultKind], progress: Callable[[str], None]) -> SweepResult:
    """Fail each question of that run in turn with each of these faults.

    The scenario is first repeated without a fault: questions that a mail host asks only after a change of setup are
    left out, and a scenario with another outcome the second time cannot be compared.
    """
    play = _Repetition(lab, happened)
    baseline = play.repeat("undisturbed")
    first = confirm_baseline(baseline_cell(happened.evidence), baseline_cell(baseline))
    asked = questions(baseline)
    total, rows = len(asked) * len(kinds), []
    for row, question in enumerate(asked):
        cells = []
        for column, kind in enumerate(kinds):
            number = row * len(kinds) + column + 1
            progress(f"{happened.scenario.name}: {kind} for {question} ({number} of {total})")
            cells.append(play.run_cell(first, question, kind, number))
        rows.append((question, tuple(cells)))
    once = tuple(question for question in questions(happened.evidence) if question not in asked)
    return SweepResult(happened.scenario.name, happened.host.debian, tuple(kinds), first, tuple(rows), once)


@dataclass(frozen=True)
class _Repetition:
    """A completed run that can be repeated."""

    lab: Lab
    completed: CompletedRun

    def repeat(self, word: str, *faults: Fault) -> Evidence:
        """Repeat the sessions in the same world, with these faults before its own."""
        scenario = self.completed.scenario
        world = replace(scenario.world, faults=(*faults, *scenario.world.faults))
        host = self.lab.mail_host(self.completed.host.debian, self.completed.setup)
        named = replace(scenario, name=f"{scenario.name}-{word}", world=world)
        return self.lab.run(host, named, max(self.completed.limit, _PATIENCE))

    def run_cell(self, first: Cell, question: SweptQuestion, kind: FaultKind, number: int) -> Cell:
        """Run one cell; save the evidence if it is an alarm or unknown."""
        fault = Fault(question.name, kind, question.type, _SECONDS.get(kind, 0.0))
        evidence = self.repeat(f"sweep-{number}", fault)
        cell = judge_cell(first, evidence, kind)
        if not (cell.alarms or cell.unknown):
            return cell
        folder = save(evidence, self.completed.folder.with_name(evidence.scenario))
        save_verdict(evidence, [verdict(cell)], folder, None, cell.seconds)
        return replace(cell, folder=str(folder))

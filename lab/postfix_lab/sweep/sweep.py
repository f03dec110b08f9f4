"""Letting a scenario happen again and again, each time with one fault more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import save
from postfix_lab.sweep.cell import Cell, Question, judged, questions, same, undisturbed, verdict
from postfix_lab.verdict.checks.check import known
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
class Swept:
    """The whole table of one run of a scenario."""

    scenario: str
    debian: int
    kinds: tuple[FaultKind, ...]
    undisturbed: Cell
    rows: tuple[tuple[Question, tuple[Cell, ...]], ...]
    once: tuple[Question, ...] = ()
    """Asked in the first run and not in the second, so not about the mail, and not swept."""

    @property
    def cells(self) -> tuple[tuple[Question | None, FaultKind | None, Cell], ...]:
        """Every cell with its question and kind; the undisturbed run has neither."""
        disturbed = [
            (question, kind, cell)
            for question, cells in self.rows
            for kind, cell in zip(self.kinds, cells, strict=True)
        ]
        return ((None, None, self.undisturbed), *disturbed)


def kinds_of(names: Iterable[str], *, every: bool) -> tuple[FaultKind, ...]:
    """The kinds of fault by these names; the five usual ones where none is named; InputError for what is none."""
    if every:
        return tuple(kind for kind in FaultKind if kind is not FaultKind.ANSWER)
    named = [known(name.upper(), FaultKind, "kind of fault") for name in names]
    if FaultKind.ANSWER in named:
        raise InputError("ANSWER needs records of its own, so it cannot be swept; write it with dns.fault(...)")
    return tuple(dict.fromkeys(map(FaultKind, named))) or USUAL


def sweep(lab: Lab, happened: CompletedRun, kinds: Sequence[FaultKind], progress: Callable[[str], None]) -> Swept:
    """Fail each question of that run in turn with each of these faults.

    It happens once more without any first: what a mail host asks when it has just changed its setup is not asked
    again, and a scenario that is not the same the second time cannot be compared with itself.
    """
    play = _Play(lab, happened)
    baseline = play.again("undisturbed")
    first = same(undisturbed(happened.evidence), undisturbed(baseline))
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
    return Swept(happened.scenario.name, happened.host.debian, tuple(kinds), first, tuple(rows), once)


@dataclass(frozen=True)
class _Play:
    """A run that can happen again."""

    lab: Lab
    happened: CompletedRun

    def again(self, word: str, *faults: Fault) -> Evidence:
        """The same sessions in the same world, with these faults in front of its own."""
        scenario = self.happened.scenario
        world = replace(scenario.world, faults=(*faults, *scenario.world.faults))
        host = self.lab.mail_host(self.happened.host.debian, self.happened.setup)
        named = replace(scenario, name=f"{scenario.name}-{word}", world=world)
        return self.lab.run(host, named, max(self.happened.limit, _PATIENCE))

    def run_cell(self, first: Cell, question: Question, kind: FaultKind, number: int) -> Cell:
        """One cell; the evidence of what is not as it should be is kept."""
        fault = Fault(question.name, kind, question.type, _SECONDS.get(kind, 0.0))
        evidence = self.again(f"sweep-{number}", fault)
        cell = judged(first, evidence, kind)
        if not (cell.alarms or cell.unknown):
            return cell
        folder = save(evidence, self.happened.folder.with_name(evidence.scenario))
        save_verdict(evidence, [verdict(cell)], folder, None, cell.seconds)
        return replace(cell, folder=str(folder))

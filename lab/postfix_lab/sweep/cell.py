"""One cell of the table: a question, a fault, the outcome, and whether that is an alarm.

Pure: it compares the evidence of the undisturbed run with that of the same scenario with one more
fault. An outage says nothing about a name, so it must not lead to a permanent refusal, nor to the
acceptance of mail that the undisturbed run refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postfix_lab.dns.fault import OUTAGES, FaultKind
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Finding, Status
from postfix_lab.verdict.evidence_outcome import outcomes
from postfix_lab.verdict.guards import client_address, log_complete, own_resolver
from postfix_lab.verdict.judge import Verdict, verdict_of
from postfix_lab.verdict.outcome import Fate, Outcome

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence

Outcomes = tuple[tuple[Outcome, ...], ...]
"""By session, and within it by recipient."""
_UNHEARD = (Fate.UNKNOWN, Fate.CLOSED)
_EYES = (log_complete, client_address, own_resolver)


@dataclass(frozen=True)
class SweptQuestion:
    """A DNS question of the undisturbed run."""

    name: str
    type: str

    def __str__(self) -> str:
        return f"{self.name} {self.type}"


@dataclass(frozen=True)
class Cell:
    """One question with one fault, or the undisturbed run."""

    outcomes: Outcomes = ()
    unknown: str = ""
    """What the lab could not see; if set, the outcomes are meaningless."""
    alarms: tuple[str, ...] = ()
    """Sentences: a permanent refusal, or an acceptance, caused by an outage."""
    seconds: float = 0.0
    folder: str = ""
    """The folder of the evidence; only for an alarm or an unknown outcome."""

    def __str__(self) -> str:
        if self.unknown:
            return "unknown"
        told = [" + ".join(dict.fromkeys(map(str, session))) for session in self.outcomes]
        said = told[:1] if len(set(told)) == 1 else told
        return " | ".join(said) + (" !" if self.alarms else "")


def questions(evidence: Evidence) -> tuple[SweptQuestion, ...]:
    """Return every question that was asked, once, in the order of first use."""
    return tuple(dict.fromkeys(SweptQuestion(query.name, query.type) for query in evidence.queries if not query.stray))


def baseline_cell(evidence: Evidence) -> Cell:
    """Return the cell of the undisturbed run."""
    return _cell(evidence, _blind_spot(evidence))


def confirm_baseline(first: Cell, second: Cell) -> Cell:
    """Return the first cell; unknown if the second undisturbed run had other outcomes."""
    if first.unknown or second.unknown or _comparable_outcomes(first) == _comparable_outcomes(second):
        return replace(second, unknown=first.unknown or second.unknown)
    return replace(second, unknown=f"it went differently the second time: first {first}, then {second}")


def judge_cell(before: Cell, evidence: Evidence, kind: FaultKind) -> Cell:
    """Return the cell of a run with that fault, compared with the undisturbed run."""
    hit = any(query.fault_number == 0 for query in evidence.queries)
    blind = before.unknown or _blind_spot(evidence) or ("" if hit else "the question was not asked this time")
    cell = _cell(evidence, blind)
    if not cell.unknown and len(cell.outcomes) != len(before.outcomes):
        was, now = len(before.outcomes), len(cell.outcomes)
        cell = replace(cell, unknown=f"the mail host had {was} sessions undisturbed and {now} this time")
    if cell.unknown or kind not in OUTAGES:
        return cell
    sessions = list(zip(before.outcomes, cell.outcomes, strict=True))
    alarms = dict.fromkeys(
        told + (f" (session {number})" if len(sessions) > 1 else "")
        for number, (was, now) in enumerate(sessions)
        for one, other in _pair(was, now)
        if (told := _alarm(one, other))
    )
    return replace(cell, alarms=tuple(alarms))


def verdict(cell: Cell) -> Verdict:
    """Return the cell as a verdict: fail for an alarm, unknown for what the lab could not see."""
    if cell.unknown:
        return verdict_of((Finding("lab", Status.UNKNOWN, "a lab that sees everything", cell.unknown),))
    want = "an outage leads to no refusal for good and opens no door"
    return verdict_of(tuple(Finding("sweep", Status.FAIL, want, alarm) for alarm in cell.alarms))


def _comparable_outcomes(cell: Cell) -> list[list[tuple[str, str]]]:
    """Return the part of the outcomes that two runs can be compared by, without times."""
    return [[(outcome.stage, str(outcome)) for outcome in session] for session in cell.outcomes]


def _cell(evidence: Evidence, blind: str) -> Cell:
    found = _by_session(evidence)
    unheard = next((f"{o.stage}: {o.why}" for session in found for o in session if o.fate in _UNHEARD), "")
    return Cell(found, unknown=blind or printable(unheard), seconds=max(0.0, evidence.finished - evidence.started))


def _by_session(evidence: Evidence) -> Outcomes:
    """Return the outcomes of each session with the mail host: of its recipients, or of the session if it has none."""
    ours = evidence.mail_host.addresses
    known = zip(evidence.sessions, outcomes(evidence), strict=True)
    return tuple(found.recipients or (found.message,) for session, found in known if session.server in ours)


def _blind_spot(evidence: Evidence) -> str:
    """Return why the lab could not see everything, or an empty text."""
    if evidence.trouble:
        return evidence.trouble[0]
    found = [look(evidence, ()) for look in _EYES]
    return next((f"{f.check}: {f.got}" for f in found if f.status is not Status.PASS), "")


def _pair(was: Sequence[Outcome], now: Sequence[Outcome]) -> list[tuple[Outcome, Outcome]]:
    """Pair the outcomes by recipient; the shorter list repeats its last outcome."""
    count = max(len(was), len(now))
    return list(zip(_stretch(was, count), _stretch(now, count), strict=True))


def _stretch(some: Sequence[Outcome], count: int) -> list[Outcome]:
    return [*some, *([some[-1]] * (count - len(some)))]


def _alarm(was: Outcome, now: Outcome) -> str:
    """Return what is wrong with that change, or an empty text."""
    opened = now.fate is Fate.ACCEPT and was.fate is not Fate.ACCEPT
    bounced = now.later == "bounced" and was.later != "bounced"
    final = (now.final and not was.final) or (bounced and not opened)
    what = "an open door" if opened else "a refusal for good" if final else ""
    return f"{what}: {now} where the undisturbed run has {was}" if what else ""

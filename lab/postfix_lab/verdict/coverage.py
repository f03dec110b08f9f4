"""Which restrictions of a configuration a run evaluated, which decided, and which it never reached. Pure.

Counted are the restrictions as the admin wrote them, each by its place, and the release's defaults that are in effect.
Restrictions that a scenario sets are listed too, but do not count for the percentage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from postfix_lab.postfix.restrictions import Restriction, Step
from postfix_lab.postfix.restrictions.postscreen import POSTSCREEN
from postfix_lab.postfix.restrictions.restriction import BUILT_IN, written_restrictions
from postfix_lab.verdict.explanation import Explanation

_COUNTED = ("main.cf", "master.cf", "default")
_PSEUDO = ("smtpd_reject_unlisted_recipient", "smtpd_reject_unlisted_sender")
_ALL = 100.0


@dataclass(frozen=True)
class Covered:
    """One restriction and how often it was evaluated and decided."""

    restriction: Restriction
    evaluated: int = 0
    decided: int = 0

    @property
    def counts(self) -> bool:
        """Whether it is part of the configuration itself, not set by a scenario."""
        return self.restriction.place.file in _COUNTED


@dataclass(frozen=True)
class Coverage:
    """All restrictions of one configuration, in the order of their files."""

    configuration: str
    main_cf: str
    master_cf: str
    rows: tuple[Covered, ...]

    @property
    def percent(self) -> float:
        """The percentage of its restrictions that were evaluated; 100 if it has none."""
        counted = [row for row in self.rows if row.counts]
        return _ALL * sum(row.evaluated > 0 for row in counted) / len(counted) if counted else _ALL

    @property
    def silent(self) -> tuple[Covered, ...]:
        """The restrictions that were never evaluated."""
        return tuple(row for row in self.rows if row.counts and not row.evaluated)

    @property
    def undecided(self) -> tuple[Covered, ...]:
        """The restrictions that can decide and never did."""
        return tuple(row for row in self.rows if row.counts and row.restriction.decides and not row.decided)


def cover(explanations: Iterable[Explanation]) -> tuple[Coverage, ...]:
    """Return the coverage of each configuration in these explanations."""
    return merge(_coverage(explanation) for explanation in explanations)


def merge(coverages: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Add up the coverage of several runs, or of several processes of one."""
    known: dict[tuple[str, str, str], Coverage] = {}
    for coverage in coverages:
        key = (coverage.configuration, coverage.main_cf, coverage.master_cf)
        rows = {row.restriction: row for row in known[key].rows} if key in known else {}
        for row in coverage.rows:
            so_far = rows.get(row.restriction, Covered(row.restriction))
            rows[row.restriction] = Covered(
                row.restriction, so_far.evaluated + row.evaluated, so_far.decided + row.decided
            )  # fmt: skip
        known[key] = replace(coverage, rows=tuple(sorted(rows.values(), key=_order)))
    return tuple(known[key] for key in sorted(known))


def _coverage(explanation: Explanation) -> Coverage:
    evaluated: Counter[Restriction] = Counter()
    decided: Counter[Restriction] = Counter()
    own = dict.fromkeys(written_restrictions(explanation.configured))
    for session in explanation.sessions:
        for command in session.commands:
            for step in command.walk():
                if not _is_configured(step):
                    continue
                own[step.restriction] = None
                evaluated[step.restriction] += step.is_evaluated
                decided[step.restriction] += step.is_decisive
        for decision in session.decisions:
            if decision.why == "deferred" and decision.step:
                decided[decision.step.restriction] += 1
    rows = (Covered(restriction, evaluated[restriction], decided[restriction]) for restriction in own)
    configured = explanation.configured
    return Coverage(
        explanation.mail_host.configuration, configured.main_cf, configured.master_cf, tuple(sorted(rows, key=_order))
    )


def _is_configured(step: Step) -> bool:
    """Whether it is a restriction in a list of the configuration, not from the right-hand side of a table."""
    written_in = step.restriction.place.file in (*_COUNTED, "override")
    return (
        written_in
        and step.restriction.list not in (*_PSEUDO, *BUILT_IN)
        and not step.restriction.list.startswith(POSTSCREEN)
    )


def _order(row: Covered) -> tuple[int, int, str, str, int]:
    place = row.restriction.place
    files = (*_COUNTED, "override")
    text = row.restriction.text if place.file == "override" else ""
    return files.index(place.file), place.line or 0, row.restriction.list, text, row.restriction.index

"""Which restrictions of a configuration a run evaluated, which decided, and which it never reached. Pure.

Counted are the restrictions as the admin wrote them, each by its place, and the release's defaults that are in effect.
Restrictions that a scenario sets are listed too, but do not count for the percentage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from postfix_lab.postfix.files.place import DEFAULT, Place
from postfix_lab.postfix.files.table_lines import table_entries
from postfix_lab.postfix.replies.own_rules import CHECKS, MILTERS, PROXY
from postfix_lab.postfix.restrictions import Restriction, Step
from postfix_lab.postfix.restrictions.postscreen import POSTSCREEN
from postfix_lab.postfix.restrictions.restriction import BUILT_IN, words_in_effect, written_restrictions
from postfix_lab.postfix.table_places import named_tables
from postfix_lab.verdict.explanation import Explanation
from postfix_lab.verdict.outside import CLEANUP, MILTER, SMTPD

_COUNTED = ("main.cf", "master.cf", "default")
_PSEUDO = ("smtpd_reject_unlisted_recipient", "smtpd_reject_unlisted_sender")
_ALL = 100.0
OUTSIDE = "outside of the lists"


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
class UsedEntry:
    """An entry of a table, and how often it was used."""

    place: Place
    key: str
    used: int = 0


@dataclass(frozen=True)
class Coverage:
    """All restrictions of one configuration, in the order of their files."""

    configuration: str
    main_cf: str
    master_cf: str
    rows: tuple[Covered, ...]
    entries: tuple[UsedEntry, ...] = ()
    """The entries of the tables whose sources are in the admin's folder, in the order of their files."""
    outside: tuple[Covered, ...] = ()
    """What can decide outside of the restriction lists and is set in main.cf, or did decide: `header_checks`..."""

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
        entries = _add_up((*known[key].entries, *coverage.entries) if key in known else coverage.entries)
        outside = _sum_outside((*known[key].outside, *coverage.outside) if key in known else coverage.outside)
        known[key] = replace(
            coverage, rows=tuple(sorted(rows.values(), key=_order)), entries=entries, outside=outside
        )  # fmt: skip
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
        explanation.mail_host.configuration, configured.main_cf, configured.master_cf,
        tuple(sorted(rows, key=_order)), _add_up(_entries(explanation)),
        _sum_outside(_outside(explanation)),
    )  # fmt: skip


def _outside(explanation: Explanation) -> Iterator[Covered]:
    """Yield what main.cf sets that can decide outside of the lists, and once more for each time that it did."""
    configured = explanation.configured
    for name in (*CHECKS, MILTERS, PROXY):
        words = words_in_effect(configured, name, "")
        written = (word for word in words if word.place != DEFAULT)
        yield from (Covered(Restriction(name, word.text, word.place, OUTSIDE, 0)) for word in written)
    for session in explanation.sessions:
        for decision in session.decisions:
            step = decision.step
            if step and decision.why in ("outside", "acted") and step.restriction.list in (SMTPD, CLEANUP, MILTER):
                found = replace(step.restriction, list=OUTSIDE, index=0)
                if found.name in (*CHECKS, MILTERS, PROXY):
                    words = words_in_effect(configured, found.name, "")
                    place = next((word.place for word in words if word.text == found.argument), found.place)
                    found = replace(found, place=place)
                yield Covered(found, 1, 1)


def _sum_outside(rows: Iterable[Covered]) -> tuple[Covered, ...]:
    found: dict[Restriction, Covered] = {}
    for row in rows:
        known = found.get(row.restriction, Covered(row.restriction))
        found[row.restriction] = Covered(row.restriction, known.evaluated + row.evaluated, known.decided + row.decided)
    return tuple(sorted(found.values(), key=lambda row: (row.restriction.name, str(row.restriction.place))))


def _entries(explanation: Explanation) -> Iterator[UsedEntry]:
    """Yield every entry of the tables that the configuration names, and each entry once more for each use."""
    configured, known = explanation.configured, set()
    for path, kind in sorted(named_tables(configured).items()):
        for entry in table_entries(configured.tables[path], kind):
            known.add(Place(path, entry.line))
            yield UsedEntry(Place(path, entry.line), entry.key)
    steps = (step for session in explanation.sessions for command in session.commands for step in command.walk())
    for place in (*explanation.entries, *(place for step in steps for place in step.entries)):
        if place in known:
            yield UsedEntry(place, "", 1)


def _add_up(entries: Iterable[UsedEntry]) -> tuple[UsedEntry, ...]:
    """Return each entry once, with all its uses."""
    used: Counter[Place] = Counter()
    keys: dict[Place, str] = {}
    for entry in entries:
        used[entry.place] += entry.used
        keys[entry.place] = keys.get(entry.place) or entry.key
    return tuple(UsedEntry(place, key, used[place]) for place, key in keys.items())


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

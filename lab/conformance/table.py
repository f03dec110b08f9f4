"""What was seen as rows of `docs/conformance.md`, and those rows held against a new run. Pure.

Each row begins with suite and release, so that a run of one release can be compared with its own rows, and
replaces no others. Dates and seconds stand in rows of their own, which are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from lab.conformance.judgement import Cause, Judgement, Status
from lab.conformance.outcome import Outcome
from lab.conformance.reasons import DIFFERS, NARROWED
from lab.conformance.suite import Suite
from lab.errors import InputError

BEGIN, END = "<!-- made by postfix-lab conformance --write -->", "<!-- end of what was made -->"
_TOTALS = ("suite", "release", "cases", "agrees", "alternative", *(cause.value for cause in Cause))
_CASES = ("suite", "release", "case", "wanted", "seen", "cause", "shown by")
_MADE = ("suite", "release", "date", "Postfix", "policyd-spf", "pyspf", "DNS library", "Python", "questions", "seconds")
_ACCEPTED = "(accepted alternative)"
_CELL = re.compile(r"(?<!\\)\|")
Rows = dict[tuple[str, ...], str]


def title(suite: str) -> str:
    """`RFC 7208` for `rfc7208`."""
    return re.sub(r"^rfc(\d+)$", r"RFC \1", suite)


def totals(outcome: Outcome) -> str:
    """One row: how many cases there are of each kind."""
    every = outcome.every
    counts = [sum(j.status is status for j in every) for status in (Status.AGREES, Status.ALTERNATIVE)]
    counts += [sum(j.cause is cause for j in every) for cause in Cause]
    return _row((*_key(outcome), len(every), *counts))


def exceptions(outcome: Outcome) -> list[str]:
    """A row for each case that does not simply agree."""
    special = [j for j in outcome.every if j.status is not Status.AGREES]
    return [_row((*_key(outcome), j.case.name, j.wanted, j.got, j.cause or _ACCEPTED, j.shown)) for j in special]


def made(outcome: Outcome, day: str) -> str:
    """One row: when, and with which versions."""
    facts = outcome.facts
    return _row((
        *_key(outcome), day, facts.postfix, facts.policyd_spf, outcome.pyspf, outcome.library, outcome.python,
        outcome.questions, f"{outcome.seconds:.1f}",
    ))  # fmt: skip


def against(document: str, outcome: Outcome) -> list[str]:
    """What a run shows otherwise than the document says, a sentence each."""
    wanted, seen = set(_rows(document, outcome)), {totals(outcome), *exceptions(outcome)}
    where = f"docs/conformance.md and this run differ about {' on '.join(_key(outcome))}"
    return [
        *(f"{where}; only the document has: {row}" for row in sorted(wanted - seen)),
        *(f"{where}; only the run has: {row}" for row in sorted(seen - wanted)),
    ]


def inconsistencies(document: str) -> list[str]:
    """What does not hold together in the document's own tables, a sentence each."""
    found = []
    cases = _table(document, _CASES)
    for cells in _table(document, _TOTALS):
        key, (total, agrees, alternative, *causes) = cells[:2], map(int, cells[2:])
        mine = [case for case in cases if case[:2] == key]
        counted = [sum(case[5] == cause.value for case in mine) for cause in Cause]
        if agrees + alternative + sum(causes) != total or counted != causes or len(mine) != total - agrees:
            found.append(f"{' on '.join(key)}: the totals are not those of the cases below")
        if causes[-1]:
            found.append(f"{' on '.join(key)}: {causes[-1]} differences are the lab's own")
    differing = {case[2] for case in cases if case[5] in [cause.value for cause in Cause]}
    found += [f"nothing is written down about {name}" for name in sorted(differing - DIFFERS.keys())]
    found += [f"{name} has a reason and differs nowhere" for name in sorted(DIFFERS.keys() - differing)]
    return found if cases else ["there is no table"]


def unexplained(judgements: Iterable[Judgement]) -> list[str]:
    """Cases that differ and of which nobody has written down why."""
    names = [j.case.name for j in judgements if j.status is Status.DIFFERS]
    silent = "differs, and lab/conformance/reasons.py says nothing about it"
    return [f"{name} {silent}" for name in names if name not in DIFFERS]


def written(document: str, outcomes: Sequence[Outcome], suites: Mapping[str, Suite], day: str) -> str:
    """The document with the rows of these runs in the place of the same suites' and releases' old ones."""
    if document.count(BEGIN) != 1 or document.count(END) != 1:
        raise InputError(f"the document needs the lines {BEGIN} and {END}, once each", "docs/conformance.md")
    before, _, rest = document.partition(BEGIN)
    old, _, after = rest.partition(END)
    fresh = {_key(outcome) for outcome in outcomes}
    parts = []
    for head, rows in (
        (_TOTALS, [totals(outcome) for outcome in outcomes]),
        (_CASES, [row for outcome in outcomes for row in exceptions(outcome)]),
        (_MADE, [made(outcome, day) for outcome in outcomes]),
    ):
        kept = [_row(cells) for cells in _table(old, head) if cells[:2] not in fresh]
        parts.append(_markdown(head, sorted((*kept, *rows), key=_order)))
    why = "\n".join(f"- `{name}`: {reason}" for name, reason in DIFFERS.items())
    return f"{before}{BEGIN}\n\n{parts[0]}\n{parts[1]}\n{why}\n\n{parts[2]}\n{narrowed(suites)}{END}{after}"


def narrowed(suites: Mapping[str, Suite]) -> str:
    """The cases that the two suites want otherwise; empty without both of them."""
    if not {"rfc4408", "rfc7208"} <= suites.keys():
        return ""
    old, new = (suites[name].cases for name in ("rfc4408", "rfc7208"))
    rows = [
        _row((name, " or ".join(case.results), " or ".join(new[name].results), NARROWED.get(name, "?")))
        for name, case in old.items()
        if name in new and case.results != new[name].results
    ]
    return _markdown(("case", "RFC 4408 accepts", "RFC 7208 accepts", "because"), rows) + "\n"


def _key(outcome: Outcome) -> tuple[str, str]:
    return title(outcome.suite), f"Debian {outcome.facts.debian}"


def _rows(document: str, outcome: Outcome) -> list[str]:
    return [
        _row(cells) for head in (_TOTALS, _CASES) for cells in _table(document, head) if cells[:2] == _key(outcome)
    ]


def _table(document: str, head: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The rows of the table with that head."""
    lines = iter(document.splitlines())
    if not any(line == _row(head) for line in lines):
        return []
    next(lines, None)
    found = []
    for line in lines:
        if not line.startswith("| "):
            break
        found.append(tuple(cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]))
    return found


def _markdown(head: tuple[str, ...], rows: Iterable[str]) -> str:
    return "\n".join((_row(head), "|" + "---|" * len(head), *rows, ""))


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def _order(row: str) -> tuple[int, str]:
    """RFC 7208 first; within a suite and a release the suite's own order is kept (sorting is stable)."""
    cells = _CELL.split(row)
    return (0 if "7208" in cells[1] else 1, cells[2])

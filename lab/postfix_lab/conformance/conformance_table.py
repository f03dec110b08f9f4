"""The results as rows of `docs/conformance.md`, and the comparison of those rows with a new run. Pure.

Each row begins with suite and release, so that a run of one release is compared with its own rows, and
replaces no others; equal rows of several releases are written as one. Versions, dates and seconds are not compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from postfix_lab.conformance.judgement import Agreement, Cause, Judgement
from postfix_lab.conformance.reasons import DIFFERS, NARROWED
from postfix_lab.conformance.suite import Suite
from postfix_lab.conformance.suite_outcome import SuiteOutcome
from postfix_lab.errors import InputError
from postfix_lab.text import printable

BEGIN, END = "<!-- made by postfix-lab conformance --write -->", "<!-- end of what was made -->"
_TOTALS = ("suite", "release", "cases", "agrees", "alternative", *(cause.value for cause in Cause))
_CASES = ("suite", "release", "case", "wanted", "seen", "cause", "shown by")
_MADE = ("suite", "release", "date", "Postfix", "policyd-spf", "pyspf", "DNS library", "Python", "questions", "seconds")
_ACCEPTED = "(accepted alternative)"
_CELL = re.compile(r"((?:\\.|[^\\|])*)\|")
_ESCAPE, _SPECIAL = re.compile(r"\\(.)"), re.compile(r"[\\|<&\[]")
_RELEASES = "; "
Cells = tuple[str, ...]


def title(suite: str) -> str:
    """Return `RFC 7208` for `rfc7208`."""
    return re.sub(r"^rfc(\d+)$", r"RFC \1", suite)


def totals(outcome: SuiteOutcome) -> Cells:
    """Return the row with the number of cases of each status."""
    every = outcome.every
    counts = [sum(j.status is status for j in every) for status in (Agreement.AGREES, Agreement.ALTERNATIVE)]
    counts += [sum(j.cause is cause for j in every) for cause in Cause]
    return (*_suite_and_release(outcome), str(len(every)), *map(str, counts))


def exceptions(outcome: SuiteOutcome) -> list[Cells]:
    """Return a row for each case that does not agree fully."""
    special = [j for j in outcome.every if j.status is not Agreement.AGREES]
    key = _suite_and_release(outcome)
    return [(*key, j.case.name, j.expected, j.actual, j.cause or _ACCEPTED, j.shown) for j in special]


def run_row(outcome: SuiteOutcome, day: str) -> Cells:
    """Return the row with the date and the versions of the run."""
    facts, key = outcome.facts, _suite_and_release(outcome)
    versions = (facts.postfix, facts.policyd_spf, outcome.pyspf, outcome.library, outcome.python)
    return (*key, day, *versions, str(outcome.questions), f"{outcome.seconds:.1f}")


def deviations(document: str, outcome: SuiteOutcome) -> list[str]:
    """Return a sentence for each difference between the run and the document."""
    tables = (*_table(document, _TOTALS), *_table(document, _CASES))
    wanted = {cells for cells in tables if cells[:2] == _suite_and_release(outcome)}
    seen = {totals(outcome), *exceptions(outcome)}
    where = f"docs/conformance.md and this run differ about {' on '.join(_suite_and_release(outcome))}"
    return [
        *(f"{where}; only the document has: {_row(cells)}" for cells in sorted(wanted - seen)),
        *(f"{where}; only the run has: {_row(cells)}" for cells in sorted(seen - wanted)),
    ]


def find_unexplained(judgements: Iterable[Judgement]) -> list[str]:
    """Return a sentence for each differing case without an entry in `reasons.py`."""
    names = [j.case.name for j in judgements if j.status is Agreement.DIFFERS]
    silent = "differs, and lab/postfix_lab/conformance/reasons.py says nothing about it"
    return [f"{name} {silent}" for name in names if name not in DIFFERS]


def update_document(document: str, outcomes: Sequence[SuiteOutcome], suites: Mapping[str, Suite], day: str) -> str:
    """Return the document with its rows for these suites and releases replaced."""
    if document.count(BEGIN) != 1 or document.count(END) != 1:
        raise InputError(f"the document needs the lines {BEGIN} and {END}, once each", "docs/conformance.md")
    before, _, rest = document.partition(BEGIN)
    old, _, after = rest.partition(END)
    parts = [
        _update_table(old, outcomes, _TOTALS, [totals(outcome) for outcome in outcomes]),
        _update_table(old, outcomes, _CASES, [cells for outcome in outcomes for cells in exceptions(outcome)]),
        "\n".join((*_reasons(), "")),
        _update_table(old, outcomes, _MADE, [run_row(outcome, day) for outcome in outcomes]),
        narrowed_table(suites),
    ]
    return "\n".join((f"{before}{BEGIN}\n", *parts, f"{END}{after}"))


def _update_table(old: str, outcomes: Sequence[SuiteOutcome], head: Cells, rows: Sequence[Cells]) -> str:
    """Return the table with its rows for these suites and releases replaced."""
    fresh = {_suite_and_release(outcome) for outcome in outcomes}
    kept = [cells for cells in _table(old, head) if cells[:2] not in fresh]
    ordered = sorted((*kept, *rows), key=lambda cells: ("7208" not in cells[0], cells[1]))
    return _markdown(head, _group_rows(ordered))


def _group_rows(rows: Sequence[Cells]) -> list[Cells]:
    """Merge rows that are equal on several releases; only the table of cases has such."""
    alike: dict[tuple[str, Cells], list[str]] = {}
    for suite, release, *rest in rows:
        alike.setdefault((suite, tuple(rest)), []).append(release)
    return [(suite, _RELEASES.join(releases), *rest) for (suite, rest), releases in alike.items()]


def _reasons() -> list[str]:
    together: dict[str, list[str]] = {}
    for name, reason in DIFFERS.items():
        together.setdefault(reason, []).append(f"`{name}`")
    return [f"- {', '.join(names)}: {reason}" for reason, names in together.items()]


def narrowed_table(suites: Mapping[str, Suite]) -> str:
    """Return the table of cases for which the two suites differ; empty without both of them."""
    if not {"rfc4408", "rfc7208"} <= suites.keys():
        return ""
    old, new = (suites[name].cases for name in ("rfc4408", "rfc7208"))
    rows = [
        (name, " or ".join(case.results), " or ".join(new[name].results), NARROWED.get(name, "?"))
        for name, case in old.items()
        if name in new and case.results != new[name].results
    ]
    return _markdown(("case", "RFC 4408 accepts", "RFC 7208 accepts", "because"), rows)


def _suite_and_release(outcome: SuiteOutcome) -> tuple[str, str]:
    return title(outcome.suite), f"Debian {outcome.facts.debian}"


def _table(document: str, head: Cells) -> list[Cells]:
    """Return the rows of the table with that head, one for each release."""
    lines = iter(document.splitlines())
    if not any(line == _row(head) for line in lines):
        return []
    next(lines, None)
    found = []
    for line in lines:
        if not line.startswith("| "):
            break
        suite, releases, *rest = (_ESCAPE.sub(r"\1", cell.strip()) for cell in _CELL.findall(line[1:]))
        found += [(suite, release, *rest) for release in releases.split(_RELEASES)]
    return found


def _markdown(head: Cells, rows: Iterable[Cells]) -> str:
    return "\n".join((_row(head), "|" + "---|" * len(head), *map(_row, rows), ""))


def _row(cells: Cells) -> str:
    """Return a Markdown row; text in the cells is escaped: no columns, HTML or links."""
    return f"| {' | '.join(_SPECIAL.sub(lambda found: chr(92) + found[0], printable(cell)) for cell in cells)} |"

"""Rows of docs/conformance.md, run_row of an outcome and held against another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab.conformance.case_result import CaseResult
from postfix_lab.conformance.conformance_table import (
    BEGIN,
    END,
    deviations,
    exceptions,
    find_unexplained,
    narrowed_table,
    run_row,
    title,
    totals,
    update_document,
)
from postfix_lab.conformance.judgement import Agreement, Cause, Judgement
from postfix_lab.conformance.reasons import DIFFERS, NARROWED
from postfix_lab.conformance.suite import Case, Chapter, Suite
from postfix_lab.conformance.suite_outcome import SuiteOutcome
from postfix_lab.errors import InputError
from tests.unit.evidence_builder import FACTS

DOCUMENT = Path(__file__).parents[3] / "docs" / "conformance.md"


def judgement(name: str, status: Agreement, cause: Cause | None = None, results: tuple[str, ...] = ("pass", "none")) -> Judgement:
    case = Case(name, "mail.a.example", "1.2.3.4", "x@a.example", results)
    return Judgement(case, CaseResult("fail", identity="mailfrom", who="x", reply="r"), status, cause, f"shown | <{name}>")


OUTCOME = SuiteOutcome(
    "rfc7208", FACTS, "2.0.14", "py3dns 4", "3.11",
    (
        ("one", (judgement("a", Agreement.AGREES), judgement("b", Agreement.ALTERNATIVE))),
        ("two", (judgement("a-null", Agreement.DIFFERS, Cause.POLICYD_SPF), judgement("c", Agreement.DIFFERS, Cause.PYSPF))),
    ),
    questions=7, seconds=1.25,
)  # fmt: skip
TOTALS = ("RFC 7208", "Debian 12", "4", "1", "1", "0", "1", "1", "0", "0")
CASES = [
    ("RFC 7208", "Debian 12", "b", "pass or none", "fail", "(accepted alternative)", "shown | <b>"),
    ("RFC 7208", "Debian 12", "a-null", "pass or none", "fail", "policyd-spf", "shown | <a-null>"),
    ("RFC 7208", "Debian 12", "c", "pass or none", "fail", "pyspf", "shown | <c>"),
]
EMPTY = f"before\n{BEGIN}\n{END}\nafter\n"


def document(*outcomes: SuiteOutcome) -> str:
    return update_document(EMPTY, outcomes or (OUTCOME,), {}, "2026-01-02")


def test_what_is_counted_and_listed() -> None:
    """Cases of each kind, a row for each that does not simply agree, and with which versions."""
    assert totals(OUTCOME) == TOTALS
    assert exceptions(OUTCOME) == CASES
    assert run_row(OUTCOME, "2026-01-02") == ("RFC 7208", "Debian 12", "2026-01-02", "3.7.11", "3.0.4", "2.0.14", "py3dns 4", "3.11", "7", "1.2")


@pytest.mark.parametrize("name, told", [("rfc7208", "RFC 7208"), ("mine", "mine"), ("xrfc1", "xrfc1")])
def test_the_title_of_a_suite(name: str, told: str) -> None:
    """The RFC's, if it is one's."""
    assert title(name) == told


def test_the_document() -> None:
    """Its tables between the marks, special characters escaped, each reason once with its cases."""
    text = document()
    head, cases, reasons = text.split("\n\n")[:3]
    assert head.splitlines() == [
        "before",
        BEGIN,
    ]
    assert cases.splitlines() == [
        "| suite | release | cases | agrees | alternative | SMTP | pyspf | policyd-spf | DNS library | ours |",
        "|---|---|---|---|---|---|---|---|---|---|",
        f"| {' | '.join(TOTALS)} |",
    ]
    assert reasons.splitlines()[:3] == [
        "| suite | release | case | wanted | seen | cause | shown by |",
        "|---|---|---|---|---|---|---|",
        "| RFC 7208 | Debian 12 | b | pass or none | fail | (accepted alternative) | shown \\| \\<b> |",
    ]
    assert f"- `a-null`, `mx-null`: {DIFFERS['mx-null']}\n" in text
    assert "| suite | release | date | Postfix | policyd-spf | pyspf | DNS library | Python | questions | seconds |\n" in text
    assert text.endswith(f"{END}\nafter\n")


def test_a_run_against_the_document() -> None:
    """Nothing differs from what was update_document; what does is told on both sides, of its own suite and release alone."""
    assert deviations(document(), OUTCOME) == []
    fewer = replace(OUTCOME, chapters=OUTCOME.chapters[:1])
    told = deviations(document(), fewer)
    where = "docs/conformance.md and this run differ about RFC 7208 on Debian 12"
    assert [line.partition(":")[0] for line in told] == [f"{where}; only the document has"] * 3 + [f"{where}; only the run has"]
    assert told[-1] == f"{where}; only the run has: | RFC 7208 | Debian 12 | 2 | 1 | 1 | 0 | 0 | 0 | 0 | 0 |"
    other = replace(OUTCOME, facts=replace(FACTS, debian=11))
    assert deviations(document(OUTCOME, other), fewer) == told


def test_rows_of_other_runs_stay() -> None:
    """A run replaces its own; what is alike on several releases is one row, the newer suite's first."""
    other = replace(OUTCOME, facts=replace(FACTS, debian=11))
    old = replace(OUTCOME, suite="rfc4408")
    text = update_document(document(old, OUTCOME), (other,), {}, "2026-01-03")
    assert [line.split(" | ")[:2] for line in text.splitlines() if line.endswith(" 4 | 1 | 1 | 0 | 1 | 1 | 0 | 0 |")] == [
        ["| RFC 7208", "Debian 11; Debian 12"], ["| RFC 4408", "Debian 12"],
    ]  # fmt: skip
    assert "| RFC 7208 | Debian 11; Debian 12 | c | pass or none |" in text
    assert deviations(text, OUTCOME) == deviations(text, other) == deviations(text, old) == []


@pytest.mark.parametrize("text", ["", BEGIN, END, f"{BEGIN}{BEGIN}{END}", f"{BEGIN}{END}{END}"])
def test_a_document_without_its_marks(text: str) -> None:
    """Both have to be there, once each."""
    with pytest.raises(InputError, match=r"once each"):
        update_document(text, (), {}, "")


def test_what_nobody_has_explained() -> None:
    """Only what differs, and is not among the reasons."""
    assert find_unexplained(OUTCOME.every) == ["c differs, and lab/postfix_lab/conformance/reasons.py says nothing about it"]


def test_what_was_narrowed() -> None:
    """The cases that both suites have and want otherwise; none without both suites."""
    def suite(name: str, **cases: tuple[str, ...]) -> Suite:
        found = tuple(Case(case.replace("_", "-"), "h", "1.2.3.4", "x@y", results) for case, results in cases.items())
        return Suite(name, (Chapter("t", found, {}),))

    old = suite("rfc4408", cidr6_ip4=("fail", "pass"), same=("pass",), gone=("pass",), odd=("none",))
    new = suite("rfc7208", cidr6_ip4=("pass",), same=("pass",), odd=("pass",))
    assert narrowed_table({"rfc4408": old, "rfc7208": new}).splitlines() == [
        "| case | RFC 4408 accepts | RFC 7208 accepts | because |",
        "|---|---|---|---|",
        f"| cidr6-ip4 | fail or pass | pass | {NARROWED['cidr6-ip4']} |",
        "| odd | none | pass | ? |",
    ]
    assert narrowed_table({"rfc7208": new}) == ""


def test_the_documents_narrowed_cases_are_those_with_a_reason() -> None:
    """Each has its sentence in docs/conformance.md."""
    table = DOCUMENT.read_text("utf-8").partition("| case | RFC 4408 accepts |")[2].partition("\n\n")[0]
    assert {line.split(" | ")[0].removeprefix("| ") for line in table.splitlines()[2:] if line.startswith("| ")} == set(NARROWED)

"""A difference has a cause that something shows, or it is ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab.conformance.case_result import CaseResult
from postfix_lab.conformance.conformance_table import _ACCEPTED, _CASES, _TOTALS, Cells, _row, _table
from postfix_lab.conformance.judgement import Agreement, Cause, Proof, SpfStatement, judge
from postfix_lab.conformance.reasons import DIFFERS
from postfix_lab.conformance.suite import Case

CASE = Case("c", "mail.a.example", "1.2.3.4", "x@a.example", ("pass", "none"))
RIGHT, WRONG = SpfStatement("pass"), SpfStatement("fail")
DOCUMENT = Path(__file__).parents[3] / "docs" / "conformance.md"


def inconsistencies(document: str) -> list[str]:
    """What does not hold together in the document's own tables, a sentence each."""
    cases = _table(document, _CASES)
    found = [text for cells in _table(document, _TOTALS) for text in unsound(cells, cases)]
    differing = {cells[2] for cells in cases if cells[5] != _ACCEPTED}
    found += [f"nothing is written down about {name}" for name in sorted(differing - DIFFERS.keys())]
    found += [f"{name} has a reason and differs nowhere" for name in sorted(DIFFERS.keys() - differing)]
    return found if cases else ["there is no table"]


def unsound(cells: Cells, cases: Sequence[Cells]) -> list[str]:
    where, numbers = " on ".join(cells[:2]), [int(cell) for cell in cells[2:]]
    mine = [case[5] for case in cases if case[:2] == cells[:2]]
    total, agrees, alternative, *causes = numbers
    counted = [mine.count(_ACCEPTED), *(mine.count(cause.value) for cause in Cause)]
    sound = [alternative, *causes] == counted and agrees + sum(counted) == total and len(mine) == sum(counted)
    ours = dict(zip(Cause, causes, strict=True))[Cause.OURS]
    return [
        *([] if sound else [f"{where}: the totals are not those of the cases below"]),
        *([f"{where}: {ours} differences are the lab's own"] if ours else []),
    ]


def seen(result: str) -> CaseResult:
    return CaseResult(result, identity="mailfrom", who="x@a.example", reply="RCPT -> 250 2.1.5 Ok")


@pytest.mark.parametrize("result, status", [("pass", Agreement.AGREES), ("none", Agreement.ALTERNATIVE), ("fail", Agreement.DIFFERS)])
def test_what_is_seen_against_what_is_wanted(result: str, status: Agreement) -> None:
    """The first result is the preferred one, the others are accepted."""
    assert judge(CASE, seen(result), Proof(WRONG, WRONG)).status is status


@pytest.mark.parametrize(
    "proof, cause",
    [
        (Proof(WRONG, WRONG), Cause.PYSPF),
        (Proof(RIGHT, WRONG), Cause.POLICYD_SPF),
        (Proof(RIGHT, RIGHT, WRONG), Cause.LIBRARY),
        (Proof(RIGHT, RIGHT, RIGHT), Cause.OURS),
    ],
)
def test_whose_doing_it_is(proof: Proof, cause: Cause) -> None:
    """What pyspf itself says decides; where they explain nothing it is a bug of the lab."""
    assert judge(CASE, seen("fail"), proof).cause is cause


@pytest.mark.parametrize("text, cause", [("it is so", Cause.OURS), ("DEFAULT", Cause.PYSPF)])
def test_an_explanation_counts_for_pyspf_too(text: str, cause: Cause) -> None:
    """With another text than the case has, pyspf itself differs."""
    case = replace(CASE, results=("fail",), explanation="it is so")
    driver = SpfStatement("fail", text)
    other = replace(seen("fail"), explanation="DEFAULT")
    assert judge(case, other, Proof(driver, driver)).cause is cause


@pytest.mark.parametrize(
    "result, cause, shown",
    [
        (CaseResult("", reply="MAIL -> 501 5.1.7 no", permanent=True), Cause.SMTP, "MAIL -> 501 5.1.7 no"),
        (CaseResult("", reply="RCPT -> 451 4.3.5 x", crash="ValueError: odd"), Cause.POLICYD_SPF, "it ended with ValueError: odd; 451 4.3.5 x"),
        (CaseResult("fail", None, "mailfrom", "y@a.example", "RCPT -> 550 x"), Cause.SMTP, "smtpd handed on <y@a.example>"),
    ],
)
def test_what_shows_the_cause_by_itself(result: CaseResult, cause: Cause, shown: str) -> None:
    """A refusal for good, a traceback, or another identity: pyspf is not asked."""
    found = judge(CASE, result, Proof(RIGHT, RIGHT, RIGHT))
    assert (found.cause, found.shown) == (cause, shown)


@pytest.mark.parametrize(
    "statement, result, is_that",
    [
        (SpfStatement("exception", "ValueError"), CaseResult(""), True),
        (SpfStatement("exception", "ValueError"), CaseResult("fail"), False),
        (SpfStatement("fail", "no"), CaseResult("fail", "no"), True),
        (SpfStatement("fail", "no"), CaseResult("fail", "DEFAULT"), False),
        (SpfStatement("fail", "no"), CaseResult("fail"), True),
        (SpfStatement("pass"), CaseResult("fail"), False),
    ],
)
def test_what_pyspf_said_is_what_was_seen(statement: SpfStatement, result: CaseResult, *, is_that: bool) -> None:
    """Result and explanation; after an exception policyd-spf has no result."""
    assert statement.is_that(result) is is_that


def test_a_wrong_answer_of_the_dns_is_ours() -> None:
    """Whatever pyspf says, a lie of the lab's DNS comes first."""
    assert judge(CASE, seen("fail"), Proof(WRONG, WRONG), ("a.example TXT: nothing",)).cause is Cause.OURS


def test_the_documents_totals_add_up() -> None:
    """Each row of the table accounts for every case, and none is ours."""
    rows = re.findall(r"^\| (RFC \d+) \| [^|]+ \| ((?:\d+ \| )+\d+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    counts = [(suite, [int(count) for count in found.split(" | ")]) for suite, found in rows]
    assert {suite for suite, _ in counts} == {"RFC 7208", "RFC 4408"}
    assert all(cases == sum(rest) and rest[-1] == 0 for _, (cases, *rest) in counts)


def test_the_documents_rows_bear_its_totals_out() -> None:
    """What differs by each cause is listed case by case, as often as the totals say."""
    assert inconsistencies(DOCUMENT.read_text("utf-8")) == []
    assert inconsistencies(DOCUMENT.read_text("utf-8").replace("| 198 |", "| 197 |")) != []


def test_a_cell_is_text_whatever_it_holds() -> None:
    """What a domain explains or a suite calls a case is read back as it was, and is no column, no HTML and no link."""
    hostile = ("RFC 7208", "Debian 12", "a|b\\|c\\", "<script>x</script>", "[x](http://y)", "&lt;", "\\<")
    (row,) = _table("\n".join((_row(_CASES), "|---|", _row(hostile))), _CASES)
    assert row == hostile
    assert not re.search(r"(?<!\\)[<&\[]", _row(hostile))
    assert _row(("a\n| b \x1b[2J",)) == "| a\\\\n\\| b \\\\x1b\\[2J |"

"""What a suite came to on one mail host."""

from __future__ import annotations

from postfix_lab.conformance.judgement import Agreement
from postfix_lab.conformance.suite_outcome import SuiteOutcome
from tests.unit.conformance.test_conformance_table import OUTCOME
from tests.unit.evidence_builder import FACTS


def test_all_judgements_and_those_that_differ() -> None:
    """Over all chapters, in the suite's order."""
    assert [one.case.name for one in OUTCOME.every] == ["a", "b", "a-null", "c"]
    assert [one.case.name for one in OUTCOME.disagreements] == ["a-null", "c"]
    assert {one.status for one in OUTCOME.disagreements} == {Agreement.DIFFERS}


def test_without_a_case() -> None:
    """Nothing was asked, and nothing is wrong."""
    empty = SuiteOutcome("rfc7208", FACTS, "2.0.14", "py3dns 4", "3.11", ())
    assert (empty.every, empty.disagreements, empty.mistakes, empty.trouble, empty.questions, empty.seconds) == ((), (), (), (), 0, 0.0)

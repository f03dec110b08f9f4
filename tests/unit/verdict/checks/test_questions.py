"""Checks of DNS questions, each of them in both directions."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.verdict.checks import Check, Status, asked, asked_in_order, asked_nothing, not_asked
from tests.unit.evidence_builder import CLIENT, GOOD_QUERIES, evidence, query


@pytest.mark.parametrize(
    "check",
    [
        asked("mail.good.example", "A"),
        asked("MAIL.Good.example.", "A", "NOERROR", CLIENT),
        asked(CLIENT, "PTR", answers="mail.good.example"),
        asked(CLIENT, "PTR", answers=["PTR mail.good.example."]),
        asked_in_order((CLIENT, "PTR"), ("mail.good.example", "A")),
    ],
)
def test_question_that_was_asked_passes_and_its_absence_fails(check: Check) -> None:
    """Names compare without case and root dot, an address means its reverse name."""
    assert check.judge(evidence()).status is Status.PASS
    assert check.judge(evidence(queries=())).status is Status.FAIL


@pytest.mark.parametrize(
    "check",
    [
        asked("mail.good.example", "AAAA"),
        asked("mail.good.example", "A", "NXDOMAIN"),
        asked("mail.good.example", "A", answers="198.51.100.1"),
        asked("mail.good.example", "A", answers=[CLIENT, "198.51.100.1"]),
        asked_in_order(("mail.good.example", "A"), (CLIENT, "PTR")),
        not_asked("mail.good.example"),
        not_asked(CLIENT, "PTR"),
        asked_nothing(),
    ],
)
def test_each_part_of_a_question_counts(check: Check) -> None:
    """Another type, outcome, answer or order is a failure."""
    assert check.judge(evidence()).status is Status.FAIL


@pytest.mark.parametrize("check", [not_asked("mail.good.example"), not_asked(CLIENT, "PTR"), asked_nothing()])
def test_absence_passes_when_nothing_was_asked(check: Check) -> None:
    """No question is what these want."""
    assert check.judge(evidence(queries=())).status is Status.PASS


def test_not_asked_of_one_type_leaves_the_others_alone() -> None:
    """A question of another type does not count."""
    assert not_asked("mail.good.example", "MX").judge(evidence()).status is Status.PASS


def test_retry_that_was_answered_counts() -> None:
    """Any of several equal questions may have the outcome."""
    late = evidence(queries=(query("mail.good.example", "A", "TIMEOUT"), *GOOD_QUERIES))
    assert asked("mail.good.example", "A", "NOERROR").judge(late).status is Status.PASS
    assert asked("mail.good.example", "A", "TIMEOUT").judge(late).status is Status.PASS


def test_failure_shows_what_came_closest() -> None:
    """The same name with another type is named instead of every question."""
    finding = asked("mail.good.example", "AAAA", "NODATA").judge(evidence())
    assert finding.want == "asked mail.good.example AAAA -> NODATA"
    assert finding.got == "never asked; asked mail.good.example A -> 203.0.113.10"


def test_misspelt_type_and_outcome_are_told_at_once() -> None:
    """`not_asked` of a type that does not exist would always pass."""
    with pytest.raises(InputError, match="did you mean PTR"):
        not_asked(CLIENT, "PRT")
    with pytest.raises(InputError, match="did you mean NXDOMAIN"):
        asked(CLIENT, "PTR", "NXDOMIAN")


def test_questions_that_begin_so() -> None:
    """What a client is asked for in DNS lists begins with its address, as its reverse lookup does, which is none."""
    check, listed = not_asked("10.113.0.203.*"), query("10.113.0.203.bl.example", "A", "NXDOMAIN")
    assert check.judge(evidence()).status is Status.PASS
    assert check.judge(evidence(queries=(*GOOD_QUERIES, listed))).status is Status.FAIL
    assert not_asked("0.113.0.203.*").judge(evidence(queries=(listed,))).status is Status.PASS

"""What all checks share: names, how a finding comes about, and how texts and codes compare."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.evidence.address import Address
from postfix_lab.verdict import checks
from postfix_lab.verdict.checks.check import (
    Check,
    Finding,
    Literal,
    Observation,
    Status,
    code_matches,
    plain_name,
    require_known,
    text_matches,
)
from tests.unit.evidence_builder import evidence

MADE = [
    checks.accepted(), checks.asked("a.example", "A"), checks.asked_in_order(("a.example", "A")), checks.asked_nothing(), checks.bounced(),
    checks.connected_as("a.example"), checks.decided_by("reject"), checks.delivered(), checks.ended("quit"), checks.header("Subject"),
    checks.logged("x"), checks.may_log("x"), checks.no_received_spf(), checks.not_asked("a.example", "A"), checks.not_delivered(),
    checks.not_logged("x"), checks.peer_received("192.0.2.1"),
    checks.milter_received("MAIL"), checks.policy_received(), checks.table_asked("x"), checks.received_spf("pass"), checks.refused("RCPT", 450),
    checks.replied("RCPT", 250), checks.sent("bob@lab.test"), checks.spf_result("pass"), checks.warned("x"), checks.within(1.0),
]  # fmt: skip


def test_a_check_is_called_as_its_function() -> None:
    """So a finding, and JSON, name what somebody wrote."""
    names = [check.name for check in MADE]
    assert set(names) == set(checks.__all__) - {"Check", "Finding", "Status", "decided"}
    assert len(names) == len(set(names))


@pytest.mark.parametrize("ok, status", [(True, Status.PASS), (False, Status.FAIL), (None, Status.UNKNOWN)])
def test_a_finding(ok: bool | None, status: Status) -> None:
    """What was seen, with its status; a check that says no more accounts for no line and no reply."""
    check = Check("x", "a thing", lambda seen: Observation(ok, "another", seen.queries[1]))
    assert check.judge(evidence()) == Finding("x", status, "a thing", "another", Address("query", 1))
    assert [check.expects(evidence().log[0]), check.expects_reply(evidence().sessions[0].exchanges[0])] == [False, False]


@pytest.mark.parametrize(
    "pattern, text, fits",
    [
        ("[1.2.3.4]", "client [1.2.3.4]", True), ("a.c", "xabcx", True), (Literal("a.c"), "xabcx", False), (Literal("b"), "abc", True), ("(", "x", False),
        ("", "", True), ("^b", "abc", False),
    ],
)  # fmt: skip
def test_texts(pattern: str, text: str, *, fits: bool) -> None:
    """As it stands or as a regular expression; a broken one fits only as it stands."""
    assert text_matches(pattern, text) is fits


@pytest.mark.parametrize(
    "wanted, code, fits", [(450, 450, True), ("4XX", 450, True), ("45x", 459, True), ("45x", 460, False), ("4x", 450, False), (45, 450, False)]
)
def test_codes(wanted: int | str, code: int, *, fits: bool) -> None:
    """Digits may be left open, and there have to be as many."""
    assert code_matches(wanted, code) is fits


def test_words_and_names() -> None:
    """A name has no root dot and no case; a word is one of those that there are."""
    assert plain_name("A.Example.") == "a.example"
    assert require_known("b", iter(("a", "b")), "letter") == "b"
    with pytest.raises(InputError, match=r"^'abd' is no letter; did you mean abc\?$"):
        require_known("abd", iter(("abc", "xyz")), "letter")

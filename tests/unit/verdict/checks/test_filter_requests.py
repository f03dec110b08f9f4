"""Checks of what milters, policy services and tables were given, each of them in both directions."""

from __future__ import annotations

import pytest

from postfix_lab.evidence.address import Address
from postfix_lab.smtp.filter_request import FilterRequest
from postfix_lab.verdict.checks import Check, Status, milter_received, policy_received, table_asked
from tests.unit.evidence_builder import evidence

ASKED = (
    FilterRequest(1.0, "milter", "inet:1", 1, "MAIL", {"sender": "<ann@x>", "{auth_authen}": "ann"}, "continue"),
    FilterRequest(2.0, "policy", "inet:2", 1, "RCPT", {"recipient": "bob@x", "sasl_username": ""}, "DUNNO"),
    FilterRequest(3.0, "policy", "inet:2", 1, "RCPT", {"recipient": "eve@x", "sasl_username": ""}, "REJECT not here"),
    FilterRequest(4.0, "table", "inet:3", 1, "LOOKUP", {"key": "eve@x"}, "TEMP"),
)
SEEN = evidence(requests=ASKED)


@pytest.mark.parametrize(
    "check",
    [
        milter_received("MAIL"),
        milter_received("MAIL", {"{auth_authen}": "ANN", "sender": "*@x>"}, "continue", 1),
        milter_received("RCPT", times=0),
        policy_received(),
        policy_received({"recipient": "bob@x", "sasl_username": ""}, "DUNNO"),
        policy_received(answer="REJECT*", times=1, stage="RCPT"),
        table_asked("eve@*", "TEMP", 1),
    ],
)
def test_holds(check: Check) -> None:
    """It is as wanted."""
    assert check.judge(SEEN).status is Status.PASS


@pytest.mark.parametrize(
    "check, got",
    [
        (milter_received("RCPT"), "no milter was given anything at RCPT"),
        (milter_received("MAIL", {"{auth_authen}": "eve"}), "none of 1 so, the closest MAIL {auth_authen}=ann -> continue"),
        (milter_received("MAIL", {"{auth_type}": ""}), "none of 1 so, the closest MAIL {auth_type}=(not given) -> continue"),
        (policy_received({"recipient": "eve@x", "sasl_username": "a"}),
         "none of 2 so, the closest RCPT recipient=eve@x sasl_username= -> REJECT not here"),
        (policy_received(times=1), "2 so, the last inet:2 RCPT eve@x -> REJECT not here"),
        (policy_received(stage="DATA"), "no policy was given anything at DATA"),
        (policy_received({"recipient": "ve@x"}), "none of 2 so, the closest RCPT recipient=bob@x -> DUNNO"),
        (table_asked("eve@x", "NOTFOUND"), "none of 1 so, the closest LOOKUP key=eve@x -> TEMP"),
    ],
)  # fmt: skip
def test_does_not_hold(check: Check, got: str) -> None:
    """What came closest is told."""
    finding = check.judge(SEEN)
    assert (finding.status, finding.got) == (Status.FAIL, got)


def test_place_and_words() -> None:
    """It points at the request, and says in words what was wanted."""
    check = policy_received({"recipient": "eve@x"}, "REJECT*", 1, "RCPT")
    assert check.judge(SEEN).where == Address("request", 2)
    assert check.want == "a policy given at RCPT recipient=eve@x -> REJECT* 1 times"
    assert (check.name, milter_received("MAIL").name, table_asked("x").name) == ("policy_received", "milter_received", "table_asked")

"""Checks that were written as YAML and read again want the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.postfix.log.events import Reject
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.verdict.checks import (
    Check,
    accepted,
    asked,
    asked_in_order,
    asked_nothing,
    bounced,
    connected_as,
    decided,
    decided_by,
    delivered,
    ended,
    header,
    logged,
    may_log,
    milter_received,
    no_received_spf,
    not_asked,
    not_delivered,
    not_logged,
    peer_received,
    policy_received,
    received_spf,
    refused,
    replied,
    sent,
    spf_result,
    table_asked,
    warned,
    within,
)
from postfix_lab.verdict.checks.check import Finding, Literal
from postfix_lab.yaml.bind.play import Wanted, plays
from postfix_lab.yaml.write.expect_writer import expect_keys
from postfix_lab.yaml.write.writer import to_yaml
from tests.unit.evidence_builder import evidence, session

SCENARIO = Scenario("x", (Session(Host("203.0.113.9"), Dialogue()),) * 2)
SEEN = evidence(sessions=(session(), session(RCPT="450 4.7.1 no (x)")))


def read(folder: Path, *checks: Check) -> list[Check]:
    """The checks that are left of these; that every fault and answer is met is asked of itself."""
    path = folder / "sheet.yaml"
    path.write_text(to_yaml(SCENARIO, *checks), "utf-8")
    (play,) = plays(path, Wanted((12,)))
    return [check for check in play.rounds[0].checks if check.name not in ("faults_met", "answers_given")]


def findings(checks: list[Check]) -> list[Finding]:
    """What they make of two sessions, one of them refused."""
    return sorted((check.judge(SEEN) for check in checks), key=str)


@pytest.mark.parametrize(
    "checks",
    [
        [accepted(), accepted("RCPT"), accepted("RCPT", session=1)],
        [refused("RCPT", 450), refused("RCPT", "4xx", "4.7.1", "no (x)", session=1)],
        [replied("RCPT", 450, session=1), replied("RCPT", "250", "2.1.5", r"^O\w$", said="<bob@lab.test>")],
        [decided("reject", "defer", stage="RCPT", code=450, enhanced="4.7.1", text="no", session=1)],
        [decided("closed")],
        [decided(code="2xx")],
        [ended("quit"), within(0.5), sent("EHLO"), sent("<CR>$mydomain", session=1)],
        [connected_as("mail.good.example"), decided_by("reject_unauth_destination", session=1)],
        [delivered()],
        [delivered(2, "bob@lab.test")],
        [not_delivered(), not_logged("Queued"), asked_nothing()],
        [received_spf("Pass", identity="mailfrom", client_ip="203.0.113.9", comment="a (b)")],
        [received_spf("fail"), spf_result("fail", "none", "unchecked")],
        [no_received_spf(), header("Subject", "^lab$"), header("From"), header("X", "a.b")],
        [bounced()],
        [bounced("bob@lab.test"), peer_received("203.0.113.9"), peer_received("2001:db8::9", "", "a@b.example", "x+", 465, "")],
        [milter_received("MAIL"), milter_received("RCPT", {"recipient": "<b@x>"}, "continue", 1), policy_received({"size": "0"}, "DUNNO", 2, "RCPT"),
         policy_received(), table_asked("k"), table_asked("k", "OK x", 0)],
        [logged("connect from"), logged(Reject, stage="RCPT", code=450, reason="no (x)"), logged("/a/"), logged("[")],
        [may_log("TlsEstablished"), warned("does not resolve$"), warned("plain"), warned(Literal("a.b")), warned(Literal("/a/"))],
        [asked("203.0.113.9", "PTR"), asked("a.example", "mx", "NXDOMAIN"), asked("a.example", "A", answers=["192.0.2.1", "x"])],
        [not_asked("a.example"), not_asked("9.113.0.203.*"), not_asked("a.example", "TXT")],
    ],
    ids=lambda checks: "-".join(dict.fromkeys(check.name for check in checks)),
)  # fmt: skip
def test_checks_come_back(tmp_path: Path, checks: list[Check]) -> None:
    """They are called the same, want the same in the same words, and find the same."""
    found = read(tmp_path, *checks)
    assert sorted((check.name, check.want.lower()) for check in found) == sorted((c.name, c.want.lower()) for c in checks)
    assert [(f.status, f.got, f.where) for f in findings(found)] == [(f.status, f.got, f.where) for f in findings(checks)]


@pytest.mark.parametrize(
    "checks, problem",
    [
        ([Check("own", "something odd", lambda _: None)], r"the check own \(`something odd`\) cannot be said in YAML"),  # type: ignore[arg-type,return-value]
        ([asked_in_order(("a.example", "A"))], "asked_in_order"),
        ([accepted(session=2)], "there is no session 2 for the check `MESSAGE accepted`"),
        ([sent("x", stage="HELO")], "the client said x at HELO"),
        ([decided_by("x", within="y")], "decided by x of y"),
        ([connected_as("x", "192.0.2.1")], "connect from x"),
        ([logged("a text", pid=3)], "a text"),
        ([logged("Reject", stage=None)], "Reject with stage None"),
        ([logged("Reject", helo="/x/")], "Reject with helo"),
        ([bounced("yes")], "mail to yes bounced"),
        ([delivered(), not_delivered()], "`delivered` is said once in YAML"),
        ([header("A", "x"), header("A", "y")], "`headers` is said once"),
        ([refused("RCPT", 450), refused("RCPT", 550)], "`refused` is said once"),
        ([decided("closed"), ended("refused")], "excuses every other check"),
    ],
)  # fmt: skip
def test_check_that_cannot_be_said_is_named(checks: list[Check], problem: str) -> None:
    """A sentence has it in words."""
    with pytest.raises(InputError, match=problem):
        to_yaml(SCENARIO, *checks)


def test_a_recipient_without_a_decider_of_its_own() -> None:
    """In YAML one key says which recipient both checks are about."""
    with pytest.raises(InputError, match="`recipient` is about `decided-by` too, and that check names none"):
        expect_keys((decided("reject", recipient="a@b.example"), decided_by("reject")), 1)


def test_a_text_that_is_no_regular_expression() -> None:
    """It is written as it is, or escaped between slashes where it would be taken for one."""
    assert expect_keys((warned("a (b"),), 1)[0] == {"warned": "a (b"}
    assert expect_keys((warned("/a (b/"),), 1)[0] == {"warned": "//a\\ \\(b//"}

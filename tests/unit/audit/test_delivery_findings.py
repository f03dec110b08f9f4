"""Mail that was accepted and did not arrive."""

from __future__ import annotations

import pytest

from postfix_lab.audit import delivery_findings
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.audit.trial import Aim
from tests.unit.audit.conftest import Write
from tests.unit.audit.results import result, step
from tests.unit.evidence_builder import evidence, log_of, session

HELD = "cleanup: 4ABCD12345: hold: header Received: from a.example (a.example [1.2.3.4]) from a.example[1.2.3.4]; from=<a@b> to=<c@d>"
LOST = "smtp: 4ABCD12345: to=<b@c>, relay=none, delay=1, delays=0/0/1/0, dsn=5.4.6, status=bounced (mail for c loops back to myself)"


def found(write: Write, *lines: str, main: str = "", aim: Aim = Aim.CANARY) -> list[AuditFinding]:
    transcript = session()
    seen = evidence(sessions=(transcript,), log=log_of(*lines))
    answered = step("check_sender_access", "hash:/etc/postfix/x", "dunno", answers=("HOLD please",))
    return list(delivery_findings.judge(write(main), seen, [result(aim, transcript, step=answered)]))


@pytest.mark.parametrize(
    "main, line, place",
    [
        ("header_checks = regexp:/etc/postfix/h\n", HELD, "main.cf:5"),
        ("nested_header_checks = regexp:/etc/postfix/h\n", HELD, "main.cf:5"),
        ("", HELD.replace("header", "body"), "master.cf:1"),
        ("smtpd_milters = inet:localhost:1\n", "cleanup: 4ABCD12345: milter-hold: END-OF-MESSAGE from a[1.2.3.4]: x; from=<a@b> to=<c@d>", "main.cf:5"),
    ],
)
def test_it_is_held(write: Write, main: str, line: str, place: str) -> None:
    """An error at the checks or the milter that did it; where no setting names them, at the listener."""
    (finding,) = found(write, line, main=main)
    assert (finding.kind, finding.severity, str(finding.place)) == (FindingKind.NOT_DELIVERED, Severity.ERROR, place)
    assert "is accepted and held, so nobody reads it" in finding.what
    assert len(finding.what) < 160


def test_a_table_holds_it(write: Write) -> None:
    """At the restriction whose table said HOLD."""
    line = "smtpd: 4ABCD12345: hold: RCPT from a.example[203.0.113.10]: <a@b>: Sender address please; from=<a@b> to=<c@d> proto=ESMTP helo=<x>"
    (finding,) = found(write, line)
    assert str(finding.place) == "main.cf:5"


def test_it_is_not_delivered(write: Write) -> None:
    """A note with the line of its delivery; not where the next host is none of the lab's, or it was sent."""
    (finding,) = found(write, LOST)
    assert (finding.severity, finding.what.endswith("(mail for c loops back to myself)")) == (Severity.NOTE, True)
    for line in (LOST.replace("mail for c loops back to myself", "connect to mx[1.2.3.4]:25: Connection refused"), LOST.replace("bounced", "sent").replace("none", "mx[1.2.3.4]:25")):
        assert found(write, line) == []
    assert found(write, LOST, aim=Aim.RELAY) == []

"""Who could not submit mail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.audit import login_findings
from postfix_lab.audit.finding import FindingKind, Severity
from postfix_lab.audit.trial import Aim
from tests.unit.audit.conftest import Write
from tests.unit.audit.results import SMTP, result, step
from tests.unit.evidence_builder import session

SUBMISSION = replace(SMTP, name="submission", first=4)
REFUSED = session(RCPT="554 5.7.1 <x@relay.example>: Relay access denied", DATA=None, MESSAGE=None)


def test_nobody_can(write: Write) -> None:
    """Neither with TLS nor without: an error at the restriction, else at the service."""
    ways = ("with TLS", "in the clear")
    logins = [result(Aim.LOGIN, REFUSED, way, SUBMISSION, step("reject")) for way in ways]
    (finding,) = login_findings.judge(write(), logins)
    assert (finding.kind, finding.severity, str(finding.place)) == (FindingKind.SUBMISSION, Severity.ERROR, "main.cf:5")
    assert finding.what.startswith("nobody can submit mail at submission (port 587), by reject: RCPT with TLS -> 554 5.7.1")
    (finding,) = login_findings.judge(write(), [one._replace(explained=None) for one in logins])
    assert (str(finding.place), "explain --port 587" in finding.remedy) == ("master.cf:4", True)


def test_one_way_is_enough(write: Write) -> None:
    """Where the other is refused, that is as it should be."""
    logins = [result(Aim.LOGIN, session(), "with TLS", SUBMISSION), result(Aim.LOGIN, REFUSED, "in the clear", SUBMISSION)]
    assert list(login_findings.judge(write(), logins)) == []


@pytest.mark.parametrize(
    "reply",
    [
        "553 5.7.1 <ann@shop.example>: Sender address rejected: not owned by user ann",
        "451 4.3.0 <ann@shop.example>: Temporary lookup failure",
        "451 4.3.0 Error: queue file write error",
        "451 4.7.1 Service unavailable - try again later",
        "454 4.7.0 TLS not available due to local problem",
        "450 4.1.1 <x@relay.example>: Recipient address rejected: unverified address: Address verification in progress",
    ],
)
def test_what_is_another_finding(write: Write, reply: str) -> None:
    """A sender of somebody else, and whatever is broken."""
    refused = session(RCPT=reply, DATA=None, MESSAGE=None)
    assert list(login_findings.judge(write(), [result(Aim.LOGIN, refused, "with TLS", SUBMISSION)])) == []


def test_which_services_count(write: Write) -> None:
    """Port 25 counts where there is no submission service; other sessions never do."""
    smtp, submission = result(Aim.LOGIN, REFUSED, "in the clear"), result(Aim.LOGIN, session(), "with TLS", SUBMISSION)
    assert list(login_findings.judge(write(), [smtp, submission, result(Aim.RELAY, REFUSED)])) == []
    (finding,) = login_findings.judge(write(), [smtp])
    assert "at smtp (port 25)" in finding.what

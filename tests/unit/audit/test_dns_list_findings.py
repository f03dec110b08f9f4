"""Refusals that count as listings."""

from __future__ import annotations

import pytest

from postfix_lab.audit import dns_list_findings
from postfix_lab.audit.finding import FindingKind
from postfix_lab.audit.trial import Aim
from tests.unit.audit.conftest import Write
from tests.unit.audit.results import result, step
from tests.unit.evidence_builder import session


def blocked(domain: str) -> str:
    return f"554 5.7.1 Service unavailable; Client host [198.51.93.10] blocked using {domain}"


@pytest.mark.parametrize("domain, severity", [("zen.spamhaus.org", "warning"), ("bl.example", "note")])
def test_it_refuses_everybody(write: Write, domain: str, severity: str) -> None:
    """A warning for lists that are known to answer so; at the list's line."""
    written = write(f"smtpd_recipient_restrictions =\n reject_rbl_client {domain}\n")
    (finding,) = dns_list_findings.judge(written, [result(Aim.REFUSAL, session(RCPT=blocked(domain), DATA=None), domain)])
    assert (finding.kind, str(finding.severity), str(finding.place)) == (FindingKind.LIST_REFUSAL, severity, "main.cf:6")
    assert "refuses every client" in finding.what


def test_it_lets_everybody_pass(write: Write) -> None:
    """An allow list whose restriction permitted the client."""
    written = write("smtpd_recipient_restrictions = permit_dnswl_client list.dnswl.org\n")
    permitted = result(Aim.REFUSAL, session(), "list.dnswl.org", step=step("permit_dnswl_client", "list.dnswl.org", "permit"))
    (finding,) = dns_list_findings.judge(written, [permitted])
    assert (str(finding.severity), "lets every client pass" in finding.what) == ("warning", True)


@pytest.mark.parametrize(
    "reply, detail",
    [
        ("250 2.1.5 Ok", "bl.example"),
        ("554 5.7.1 no", "bl.example"),
        (blocked("other.example"), "bl.example"),
        (blocked("dnsbl.njabl.org"), "dnsbl.njabl.org"),
    ],
)
def test_it_has_no_effect(write: Write, reply: str, detail: str) -> None:
    """Accepted, refused for another reason, or a list that is no more, which is a finding of its own."""
    assert list(dns_list_findings.judge(write(), [result(Aim.REFUSAL, session(RCPT=reply, DATA=None), detail)])) == []
    assert list(dns_list_findings.judge(write(), [result(Aim.CANARY, session(RCPT=blocked(detail), DATA=None), detail)])) == []

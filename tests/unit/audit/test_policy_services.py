"""Policy services that master.cf would have to start."""

from __future__ import annotations

import pytest

from postfix_lab.audit import policy_services
from postfix_lab.audit.finding import FindingKind, Severity
from tests.unit.audit.conftest import Write

ASKS = "x = reject\ny = check_policy_service unix:private/policy-spf\n"


def test_nothing_makes_the_socket(write: Write) -> None:
    """An error at the line that asks, with the services that there are."""
    written = write(ASKS, "policyd-spf unix - n n - 0 spawn user=nobody argv=/usr/bin/policyd-spf\n")
    (finding,) = policy_services.judge(written)
    assert (finding.kind, finding.severity, str(finding.place)) == (FindingKind.SOCKET, Severity.ERROR, "main.cf:6")
    assert "nothing in master.cf makes private/policy-spf" in finding.what
    assert finding.remedy.endswith("; master.cf has private/policyd-spf")


@pytest.mark.parametrize("private, wrong", [("-", False), ("n", True)])
def test_a_service_makes_it(write: Write, private: str, wrong: bool) -> None:
    """A service of that name does, if its socket is in the same folder."""
    written = write(ASKS, f"policy-spf unix {private} n n - 0 spawn user=nobody argv=/x\n")
    assert bool(list(policy_services.judge(written))) is wrong


@pytest.mark.parametrize("place", ["unix:private/quota-status", "unix:postgrey/socket", "inet:127.0.0.1:10031"])
def test_other_programs(write: Write, place: str) -> None:
    """What Dovecot, postgrey and policyd bring is nothing of master.cf's."""
    assert list(policy_services.judge(write(f"x = check_policy_service {place}\n"))) == []

"""What milters, policy services and tables were given: a wrong expectation is red and says what they got instead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import (
    MakeRemote,
    MilterRule,
    PolicyRule,
    Scene,
    TableRule,
    accepted,
    milter_received,
    peer_received,
    policy_received,
    refused,
    table_asked,
)

Told = Callable[..., str]
TCP = "tcp:localhost:10001"
MAIN = {
    "smtpd_milters": "inet:localhost:8891",
    "smtpd_recipient_restrictions": f"check_policy_service inet:127.0.0.1:12340, check_sender_access {TCP}",
}
pytestmark = pytest.mark.mail_host(debian=12, main=MAIN, milter_rules=MilterRule(add_headers={"X-A": "b"}), table_rules={TCP: TableRule("NOTFOUND")})
CLIENT = "203.0.113.10"


@pytest.mark.parametrize(
    "check, got",
    [
        (milter_received("MAIL", {"sender": "<eve@good.example>"}), "none of 1 so, the closest MAIL sender=<ann@good.example> -> continue"),
        (milter_received("UNKNOWN"), "no milter was given anything at UNKNOWN"),
        (milter_received("MESSAGE", answer="reject"), "-> continue; add header X-A: b"),
        (policy_received({"recipient": "bob@lab.test", "sasl_username": "bob"}), "recipient=bob@lab.test sasl_username= -> DUNNO"),
        (policy_received(times=2), "1 so, the last "),
        (table_asked("ann@good.example", "OK *"), "key=ann@good.example -> NOTFOUND"),
        (peer_received("203.0.113.9", login="ann"), "203.0.113.9 got no message"),
    ],
)
def test_wrong_expectation(remote: MakeRemote, red: Told, check: object, got: str) -> None:
    """The story has what came closest."""
    story = red(remote(CLIENT, name="mail.good.example").send(), check)
    assert got in story, story


@pytest.mark.mail_host(policy_rules=PolicyRule("DEFER_IF_PERMIT later", nth=1))
@pytest.mark.parametrize("number", [1, 2])
def test_nothing_is_left_of_the_test_before(lab: Scene, remote: MakeRemote, number: int) -> None:
    """The second test's first attempt is the first again, and it sees no request of the other one."""
    seen = remote(f"203.0.113.{number}", name="mail.good.example").send()
    lab.check(seen, refused("RCPT", 450, "4.7.1", "later"), policy_received(times=1))
    assert {request.given["client_address"] for request in seen.requests if request.role == "policy"} == {f"203.0.113.{number}"}


def test_in_the_evidence(lab: Scene, remote: MakeRemote) -> None:
    """Every attribute of a policy request and the macros of a milter's command are kept, in order."""
    seen = remote(CLIENT, name="mail.good.example").send()
    lab.check(seen, accepted())
    assert [request.at for request in seen.requests] == sorted(request.at for request in seen.requests)
    (policy,) = (request for request in seen.requests if request.role == "policy")
    assert {"request", "protocol_state", "client_name", "reverse_client_name", "instance", "ccert_subject", "policy_context"} <= set(policy.given)
    stages = [request.stage for request in seen.requests if request.role == "milter" and request.stage != "HEADER"]
    assert stages[:8] == ["CONNECT", "HELO", "MAIL", "RCPT", "DATA", "EOH", "BODY", "MESSAGE"]

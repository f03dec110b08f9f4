"""A policy service that answers case by case, and shows what it was asked."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Auth,
    MailHost,
    MakeRemote,
    PolicyRule,
    Remote,
    Scene,
    accepted,
    header,
    policy_received,
    refused,
    replied,
)

ASKED = {"smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:12345"}
ALWAYS = {
    "smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:12345",
    "smtpd_end_of_data_restrictions": "check_policy_service inet:127.0.0.1:12345",
}


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """A client that nobody has anything against."""
    return remote("203.0.113.10", name="mail.good.example")


@pytest.mark.mail_host(main=ASKED, policy_rules=(PolicyRule("552 5.2.2 Mailbox full", to="eve@*"), PolicyRule("PREPEND X-Seen: yes", to="bob@*")))
def test_by_recipient(lab: Scene, good: Remote) -> None:
    """A quota service: one mailbox is full."""
    seen = good.send(to=("eve@lab.test", "bob@lab.test"))
    lab.check(seen, replied("RCPT", 552, "5.2.2", "Mailbox full", said="eve@"), header("X-Seen", "yes"), policy_received(times=2))


@pytest.mark.mail_host(main=ASKED, policy_rules=PolicyRule("DEFER_IF_PERMIT Greylisted", client="203.0.113.*", nth=1))
def test_by_attempt(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """A greylister: the first attempt is deferred, the second taken."""
    seen = lab.run(mail_host, good.session(), good.session(), in_turn=True)
    first = policy_received({"client_address": "203.0.113.10"}, "DEFER_IF_PERMIT Greylisted", times=1)
    lab.check(seen, refused("RCPT", 450, "4.7.1", "Greylisted"), accepted(session=1), first, without=["accepted-arrives"])


@pytest.mark.mail_host(main=ALWAYS, policy_rules=PolicyRule("REJECT too much", "MESSAGE", given={"sasl_username": "ann@*"}))
def test_by_login(lab: Scene, good: Remote) -> None:
    """A quota of users, counted at the end of the message; strangers have none."""
    user = good.send(port=587, tls=True, auth=Auth("ann@lab.test", "correct horse"), sender="ann@lab.test")
    asked = policy_received({"sasl_method": "PLAIN", "encryption_protocol": "TLS*", "size": "*"}, "REJECT too much", stage="MESSAGE")
    lab.check(user, refused("MESSAGE", 554, "5.7.1", "too much"), asked)
    lab.check(good.send(), accepted(), policy_received({"sasl_username": "", "recipient_count": "1"}, "DUNNO", stage="MESSAGE"))


HASTY = {**ASKED, "smtpd_policy_service_try_limit": "1", "smtpd_policy_service_timeout": "1s"}


@pytest.mark.mail_host(main=HASTY, policy_rules=PolicyRule("GARBAGE"))
def test_no_answer(lab: Scene, good: Remote) -> None:
    """Octets that are none make 451 4.3.5."""
    seen = good.send()
    lab.check(seen, refused("RCPT", 451, "4.3.5", "Server configuration problem"), policy_received(answer="GARBAGE"), without=["quiet-log"])

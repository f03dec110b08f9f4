"""A stub in place of a policy service: what Postfix makes of each of its manners."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Remote, Scene, accepted, delivered, refused

ASKED = {
    "smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:10023",
    "smtpd_policy_service_timeout": "1s",
    "smtpd_policy_service_max_idle": "1s",
    "smtpd_policy_service_try_limit": "1",
}
SOCKET = {**ASKED, "smtpd_recipient_restrictions": "check_policy_service unix:greylist/socket"}
BROKEN = refused("RCPT", 451, "4.3.5", "Server configuration problem")


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """A client that nobody has anything against."""
    return remote("203.0.113.10", name="mail.good.example")


@pytest.mark.mail_host(main=ASKED)
def test_accept(lab: Scene, good: Remote) -> None:
    """DUNNO: the next restriction decides."""
    lab.check(good.send(), accepted(), delivered())


@pytest.mark.mail_host(main=ASKED, policy="reject")
def test_reject(lab: Scene, good: Remote) -> None:
    """REJECT with a text: 554 5.7.1."""
    lab.check(good.send(), refused("RCPT", 554, "5.7.1", "refused by the lab's stub"))


@pytest.mark.mail_host(main=ASKED, policy="tempfail")
def test_tempfail(lab: Scene, good: Remote) -> None:
    """DEFER_IF_PERMIT: 450 4.7.1."""
    lab.check(good.send(), refused("RCPT", 450, "4.7.1", "the lab's stub says later"))


@pytest.mark.mail_host(main=SOCKET, policy="hang")
def test_hang(lab: Scene, good: Remote) -> None:
    """Postfix gives up after smtpd_policy_service_timeout and tells of its own trouble."""
    lab.check(good.send(), BROKEN, without=["quiet-log"])


@pytest.mark.mail_host(main=SOCKET, policy="absent")
def test_absent(lab: Scene, good: Remote) -> None:
    """Nothing listens: 451 4.3.5."""
    lab.check(good.send(), BROKEN, without=["quiet-log"])


@pytest.mark.mail_host(main=SOCKET, policy="wrong-owner")
def test_wrong_owner(lab: Scene, good: Remote) -> None:
    """The socket belongs to root alone."""
    lab.check(good.send(), BROKEN, without=["quiet-log"])

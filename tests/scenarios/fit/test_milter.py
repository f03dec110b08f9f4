"""A stub in place of a milter: what Postfix makes of each of its manners."""

from __future__ import annotations

import pytest

from postfix_lab import Check, MailHost, MakeRemote, Remote, Scene, accepted, delivered, not_delivered, refused

MILTER = {"smtpd_milters": "unix:opendkim/opendkim.sock", "milter_connect_timeout": "1s", "milter_command_timeout": "1s"}
LATER = (451, "4.7.1", "Service unavailable - try again later")


@pytest.fixture
def broken(mail_host: MailHost) -> Check:
    """What Postfix says where the milter does not talk: at MAIL, and since 3.10 at once, hanging up."""
    text = "Service unavailable - try again later"
    return refused("CONNECT", 421, None, text) if mail_host.debian >= 13 else refused("MAIL", *LATER)


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """A client that nobody has anything against."""
    return remote("203.0.113.10", name="mail.good.example")


@pytest.mark.mail_host(main=MILTER)
def test_accept(lab: Scene, good: Remote) -> None:
    """The message passes."""
    lab.check(good.send(), accepted(), delivered())


@pytest.mark.mail_host(main=MILTER, milter="reject")
def test_reject(lab: Scene, good: Remote) -> None:
    """The verdict comes at the end of the message: 550 5.7.1."""
    lab.check(good.send(), accepted("RCPT"), refused("MESSAGE", 550, "5.7.1", "Command rejected"), not_delivered())


@pytest.mark.mail_host(main=MILTER, milter="tempfail")
def test_tempfail(lab: Scene, good: Remote) -> None:
    """The client is told to come back."""
    lab.check(good.send(), refused("MESSAGE", *LATER), not_delivered())


@pytest.mark.mail_host(main=MILTER, milter="hang")
def test_hang(lab: Scene, good: Remote, broken: Check) -> None:
    """Postfix gives up after milter_command_timeout, and milter_default_action decides."""
    lab.check(good.send(), broken, without=["quiet-log"])


@pytest.mark.mail_host(main=MILTER, milter="absent")
def test_absent(lab: Scene, good: Remote, broken: Check) -> None:
    """Nothing listens: tempfail, until somebody does."""
    lab.check(good.send(), broken, without=["quiet-log"])


@pytest.mark.mail_host(main=MILTER, milter="wrong-owner")
def test_wrong_owner(lab: Scene, good: Remote, broken: Check) -> None:
    """The socket is there, and Postfix may not connect to it."""
    lab.check(good.send(), broken, without=["quiet-log"])

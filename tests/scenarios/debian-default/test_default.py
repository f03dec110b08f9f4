"""Debian's own configuration, as the package leaves it: what it takes, and whom it knows."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Ptr, Scene, accepted, asked, connected_as, delivered, not_delivered, refused

pytestmark = pytest.mark.mail_host(config="debian-default")
USERS = {"unix:passwd.byname": {"bob": "x"}}


def test_own_mail_is_taken(lab: Scene, remote: MakeRemote) -> None:
    """A good client's mail to the own domain arrives."""
    lab.check(remote("203.0.113.10", name="mail.good.example").send(), accepted(), delivered(to="bob@lab.test"))


def test_nobody_asks_for_a_ptr(lab: Scene, remote: MakeRemote) -> None:
    """No rule is about the client: one without a PTR record is `unknown`, and welcome."""
    seen = remote("203.0.113.9", ptr=Ptr.missing()).send()
    lab.check(seen, asked("203.0.113.9", "PTR", "NXDOMAIN"), connected_as("unknown"), accepted(), delivered())


def test_a_stranger_may_not_relay_for_now(lab: Scene, remote: MakeRemote) -> None:
    """`defer_unauth_destination` says 454, so that a mistake in the configuration loses no mail."""
    seen = remote("203.0.113.50", name="vps.hoster.example").send(to="victim@far.example")
    lab.check(seen, refused("RCPT", 454, "4.7.1", "Relay access denied"), not_delivered())


@pytest.mark.mail_host(tables=USERS)
def test_who_has_no_account_is_unknown(lab: Scene, remote: MakeRemote) -> None:
    """With the host's accounts given, whoever is not among them is refused: 550 5.1.1."""
    stranger = remote("203.0.113.10", name="mail.good.example")
    lab.check(stranger.send(), accepted(), delivered(to="bob@lab.test"))
    seen = stranger.send(to="eve@lab.test")
    lab.check(seen, refused("RCPT", 550, "5.1.1", "User unknown in local recipient table"))

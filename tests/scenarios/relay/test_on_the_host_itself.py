"""Clients on the mail host itself: webmail, fetchmail, a program that hands mail back; they come from the loopback."""

from __future__ import annotations

import pytest

from postfix_lab import MailHost, MakeRemote, Scene, accepted, asked_nothing, connected_as, delivered, ended, refused


@pytest.mark.parametrize("source", ["127.0.0.1", "::1"])
def test_loopback_in_mynetworks(lab: Scene, remote: MakeRemote, source: str) -> None:
    """The usual mynetworks has the loopback, so such a client may relay; its name is in /etc/hosts."""
    seen = remote("local").send(source=source, to="x@far.example", until="RCPT")
    lab.check(seen, accepted("RCPT"), connected_as("localhost"), asked_nothing())


@pytest.mark.mail_host(main={"mynetworks": "203.0.113.0/24"}, canary=False)
def test_loopback_not_in_mynetworks(lab: Scene, remote: MakeRemote) -> None:
    """A configuration that forgot it refuses its own webmail."""
    seen = remote("local", helo="webmail.lab.test").send(to="x@far.example", until="RCPT")
    lab.check(seen, refused("RCPT", 554, "5.7.1", "Relay access denied"), connected_as("localhost"))


def test_several_at_the_same_time(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """Each has its own log, beside a client of the Internet."""
    webmail, other = remote("local"), remote("203.0.113.9", name="mail.far.example")
    seen = lab.run(mail_host, *(webmail.session() for _ in range(4)), other.session(sender="ann@far.example"))
    lab.check(seen, accepted(), delivered(5))
    assert [session.client for session in seen.sessions] == ["127.0.0.1"] * 4 + ["203.0.113.9"]


def test_port_where_nobody_listens(lab: Scene, remote: MakeRemote) -> None:
    """A closed port of the loopback is a closed port."""
    lab.check(remote("local").send(port=26), ended("refused"))


@pytest.mark.mail_host(main={"inet_interfaces": "192.0.2.25"}, canary=False)
def test_host_that_does_not_listen_on_its_loopback(lab: Scene, remote: MakeRemote) -> None:
    """inet_interfaces with a single address leaves the loopback closed."""
    lab.check(remote("local").send(), ended("refused"))

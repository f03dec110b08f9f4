"""anvil(8) counts what a client does in a minute, and forgets it when the minute is over."""

from __future__ import annotations

import pytest

from postfix_lab import MailHost, MakeRemote, Scene, accepted, logged, refused, warned

LIMITS = {
    "smtpd_client_connection_rate_limit": "4",
    "smtpd_client_message_rate_limit": "2",
    "smtpd_client_recipient_rate_limit": "3",
}
pytestmark = pytest.mark.mail_host(clock=True, canary=False, main=LIMITS)
CLIENT = "203.0.113.10"
CROWD = ("ann@lab.test", "bob@lab.test", "eve@lab.test")


def test_connections(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """The fifth connection of a minute gets 421 4.7.0; a minute later the client is welcome again."""
    client = remote(CLIENT, name="mail.good.example")
    seen = lab.run(mail_host, *(client.session(until="HELO") for _ in range(5)), in_turn=True)
    lab.check(
        seen,
        accepted("HELO", session=3),
        refused("CONNECT", 421, "4.7.0", "too many connections from 203.0.113.10", session=4),
        warned("Connection rate limit exceeded: 5 from mail.good.example"),
    )
    mail_host.clock.advance(seconds=61)
    lab.check(client.send(), accepted())


def test_messages(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """The third message of a minute gets 450 4.7.1 at MAIL, also 30 s later, and is taken after the minute."""
    client = remote(CLIENT, name="mail.good.example")
    seen = lab.run(mail_host, *(client.session() for _ in range(3)), in_turn=True)
    late = refused("MAIL", 450, "4.7.1", "too much mail from 203.0.113.10", session=2)
    lab.check(seen, accepted(session=1), late, warned("Message delivery request rate limit exceeded: 3"))
    mail_host.clock.advance(seconds=30)
    lab.check(client.send(), refused("MAIL", 450, "4.7.1", "too much mail"), warned("rate limit exceeded: 4"))
    mail_host.clock.advance(seconds=31)
    lab.check(client.send(), accepted())


def test_recipients(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """The fourth recipient of a minute gets 450 4.7.1, whatever message it belongs to."""
    client = remote(CLIENT, name="mail.good.example")
    seen = lab.run(mail_host, client.session(to=CROWD), client.session(), in_turn=True)
    lab.check(
        seen,
        accepted(session=0),
        refused("RCPT", 450, "4.7.1", "too many recipients from 203.0.113.10", session=1),
        warned("Recipient address rate limit exceeded: 4"),
    )
    mail_host.clock.advance(minutes=1, seconds=1)
    lab.check(client.send(), accepted(), logged("Accepted"))

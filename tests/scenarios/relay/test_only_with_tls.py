"""A mail host that takes no mail in the clear: whoever says STARTTLS is served as anybody is elsewhere."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Scene, accepted, delivered, refused


@pytest.mark.mail_host(main={"smtpd_tls_security_level": "encrypt"})
def test_security_level(lab: Scene, remote: MakeRemote) -> None:
    """In the clear MAIL is refused; the canary, which says STARTTLS here, has shown that a good client is served."""
    client = remote("203.0.113.10", name="mail.good.example")
    lab.check(client.send(), refused("MAIL", 530, "5.7.0", "Must issue a STARTTLS command first"))
    lab.check(client.send(tls=True), accepted(), delivered())


@pytest.mark.mail_host(main={"smtpd_sender_restrictions": "reject_plaintext_session"})
def test_restriction(lab: Scene, remote: MakeRemote) -> None:
    """The restriction says the same at RCPT."""
    client = remote("203.0.113.10", name="mail.good.example")
    lab.check(client.send(), refused("RCPT", 450, "4.7.1", "Session encryption is required"))
    lab.check(client.send(tls=True), accepted(), delivered())

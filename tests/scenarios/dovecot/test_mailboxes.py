"""Virtual mailboxes: who is there, who may send as whom, and that mail goes through Dovecot's own socket."""

from __future__ import annotations

import pytest

from postfix_lab import Auth, MakeRemote, Scene, accepted, delivered, logged, refused, replied

pytestmark = pytest.mark.mail_host(config="dovecot")
ANN = Auth("ann@lab.test", "correct horse")


def test_unknown_mailbox(lab: Scene, remote: MakeRemote) -> None:
    """Whoever is not in the table is refused before the mail is taken."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to="eve@lab.test")
    lab.check(seen, refused("RCPT", 550, "5.1.1", "User unknown in virtual mailbox table"))


def test_alias_reaches_both(lab: Scene, remote: MakeRemote) -> None:
    """One address leads to two mailboxes."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to="office@lab.test")
    lab.check(seen, accepted(), delivered(to="ann@lab.test"), delivered(to="bob@lab.test"))


@pytest.mark.mail_host(delivery="as-configured")
def test_through_the_socket(lab: Scene, remote: MakeRemote) -> None:
    """Delivered as configured: over private/dovecot-lmtp, behind which the sink stands."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to="bob@lab.test")
    lab.check(seen, delivered(to="bob@lab.test"), logged("private/dovecot-lmtp"))


def test_nobody_sends_as_somebody_else(lab: Scene, remote: MakeRemote) -> None:
    """Ann has a password, and may not write as Bob."""
    laptop = remote("198.51.100.77", helo="laptop")
    seen = laptop.send(587, tls=True, auth=ANN, sender="bob@lab.test", to="bob@lab.test")
    lab.check(seen, replied("AUTH", 235), refused("RCPT", 553, "5.7.1", "not owned by user ann@lab.test"))
    lab.check(laptop.send(587, tls=True, auth=ANN, sender="ann@lab.test", to="bob@lab.test"), accepted(), delivered())

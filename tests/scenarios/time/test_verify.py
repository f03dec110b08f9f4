"""verify(8) remembers for weeks which senders exist, and for hours which do not, as its cache of address probes says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab import (
    ACCEPT,
    REFUSE,
    Behaviour,
    Evidence,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    asked,
    logged,
    not_logged,
    refused,
)
from lab.internet.internet import Internet
from lab.mailhost.host import MailHost

FarMta = Callable[[Behaviour | None], None]
VERIFY = {"smtpd_recipient_restrictions": "reject_unverified_sender", "address_verify_poll_delay": "1s"}
pytestmark = pytest.mark.mail_host(clock=True, canary=False, main=VERIFY)
EXISTS = logged("Delivery", status="deliverable", recipient="ann@far.example")
NO_SUCH_USER = refused("RCPT", 450, "4.1.7", "unverified address:.*No such user")
NOT_PROBED = not_logged("Delivery", recipient="ann@far.example")


@pytest.fixture
def client(remote: MakeRemote) -> Remote:
    """Whoever sends mail from ann@far.example."""
    return remote("203.0.113.10", name="mail.good.example")


def send(client: Remote) -> Evidence:
    """One attempt."""
    return client.send(sender="ann@far.example")


def test_good_sender(lab: Scene, far_mta: FarMta, mail_host: MailHost, client: Remote, internet: Internet) -> None:
    """A sender that exists is good for a month; after a week it is asked about again, and no answer changes that."""
    far_mta(ACCEPT)
    lab.check(send(client), asked("far.example", "MX"), EXISTS, accepted())
    far_mta(REFUSE)
    mail_host.clock.advance(days=6)
    lab.check(send(client), accepted(), NOT_PROBED)
    mail_host.clock.advance(days=2)
    lab.check(send(client), accepted())
    assert internet.barrier("status=undeliverable", 1), "after a week it is probed again"
    lab.check(send(client), accepted())
    mail_host.clock.advance(days=24)
    lab.check(send(client), logged("Delivery", status="undeliverable"), NO_SUCH_USER)


def test_bad_sender(lab: Scene, far_mta: FarMta, mail_host: MailHost, client: Remote, internet: Internet) -> None:
    """A sender that does not exist is bad for three hours; the probe after that helps whoever comes next."""
    far_mta(REFUSE)
    lab.check(send(client), logged("Delivery", status="undeliverable"), NO_SUCH_USER)
    far_mta(ACCEPT)
    mail_host.clock.advance(hours=2)
    lab.check(send(client), NO_SUCH_USER, NOT_PROBED)
    mail_host.clock.advance(hours=2)
    lab.check(send(client), NO_SUCH_USER)
    assert internet.barrier("status=deliverable", 1), "after three hours it is probed again"
    lab.check(send(client), accepted())


def test_bad_sender_is_forgotten(lab: Scene, far_mta: FarMta, mail_host: MailHost, client: Remote) -> None:
    """After three days nothing is known of it, and the mail waits for the probe."""
    far_mta(REFUSE)
    lab.check(send(client), NO_SUCH_USER)
    far_mta(ACCEPT)
    mail_host.clock.advance(days=3, hours=1)
    lab.check(send(client), EXISTS, accepted())

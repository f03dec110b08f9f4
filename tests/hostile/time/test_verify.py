"""verify(8) remembers for weeks which senders exist, and for hours which do not, as its cache of address probes says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import (
    ACCEPT,
    REFUSE,
    Behaviour,
    Check,
    MailHost,
    MakeRemote,
    Scene,
    accepted,
    asked,
    not_logged,
    refused,
)

FarMta = Callable[[Behaviour | None], None]
# Of the probe's result, for which smtpd would wait a few seconds, only the next attempt learns.
VERIFY = {"smtpd_recipient_restrictions": "reject_unverified_sender", "address_verify_poll_count": "1"}
pytestmark = pytest.mark.mail_host(clock=True, canary=False, main=VERIFY)
PROBING = refused("RCPT", 450, "4.1.7", "Address verification in progress")
NO_SUCH_USER = refused("RCPT", 450, "4.1.7", "unverified address:.*No such user")
NOT_PROBED = not_logged("Delivery", recipient="ann@far.example")
Attempt = Callable[..., None]


@pytest.fixture
def attempt(lab: Scene, remote: MakeRemote) -> Attempt:
    """Sends mail from ann@far.example, and waits for the result of the probe that it brings about."""
    client = remote("203.0.113.10", name="mail.good.example")

    def send(*checks: Check, probe: str = "") -> None:
        seen = client.send(sender="ann@far.example")
        lab.check(lab.further(seen, f" status={probe} ") if probe else seen, *checks)

    return send


def test_good_sender(far_mta: FarMta, mail_host: MailHost, attempt: Attempt) -> None:
    """A sender that exists is good for a month; after a week it is asked about again, and no answer changes that."""
    far_mta(ACCEPT)
    attempt(PROBING, asked("far.example", "MX"), probe="deliverable")
    attempt(accepted(), NOT_PROBED)
    far_mta(REFUSE)
    mail_host.clock.advance(days=6)
    attempt(accepted(), NOT_PROBED)
    mail_host.clock.advance(days=2)
    attempt(accepted(), probe="undeliverable")
    attempt(accepted())
    mail_host.clock.advance(days=24)
    attempt(PROBING, probe="undeliverable")
    attempt(NO_SUCH_USER, NOT_PROBED)


def test_bad_sender(far_mta: FarMta, mail_host: MailHost, attempt: Attempt) -> None:
    """A sender that does not exist is bad for three hours; the probe after that helps whoever comes next."""
    far_mta(REFUSE)
    attempt(PROBING, probe="undeliverable")
    far_mta(ACCEPT)
    mail_host.clock.advance(hours=2)
    attempt(NO_SUCH_USER, NOT_PROBED)
    mail_host.clock.advance(hours=2)
    attempt(NO_SUCH_USER, probe="deliverable")
    attempt(accepted(), NOT_PROBED)


def test_bad_sender_is_forgotten(far_mta: FarMta, mail_host: MailHost, attempt: Attempt) -> None:
    """After three days nothing is known of it any more, and it is probed as if for the first time."""
    far_mta(REFUSE)
    attempt(PROBING, probe="undeliverable")
    far_mta(ACCEPT)
    mail_host.clock.advance(days=3, hours=1)
    attempt(PROBING, probe="deliverable")
    attempt(accepted())

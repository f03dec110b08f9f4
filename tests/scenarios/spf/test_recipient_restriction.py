"""SPF as a recipient restriction, as most guides have it: what changes against the seed's relay restriction."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Auth,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    asked,
    asked_in_order,
    logged,
    not_asked,
    received_spf,
    refused,
)

pytestmark = pytest.mark.mail_host(
    main={
        "smtpd_relay_restrictions": "permit_sasl_authenticated, permit_mynetworks, reject_unauth_destination",
        "smtpd_recipient_restrictions": "reject_unknown_reverse_client_hostname, check_policy_service unix:private/policyd-spf",
    }
)


def test_own_recipient_is_judged_the_same(lab: Scene, permitted: Remote, stranger: Remote) -> None:
    """For mail to the own domain the place makes no difference: the permitted host passes, the stranger fails."""
    seen = permitted.send(sender="ann@mx.spf.example")
    lab.check(seen, asked("mx.spf.example", "MX"), accepted(), received_spf("pass"))
    seen = stranger.send(sender="ann@mx.spf.example")
    lab.check(seen, asked("mx.spf.example", "MX"), refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"))


def test_relay_attempt_is_judged_by_spf_first(lab: Scene, stranger: Remote) -> None:
    """Below compatibility_level 3.6 recipient restrictions come first: a relay attempt costs an SPF check."""
    seen = stranger.send(sender="ann@mx.spf.example", to="victim@far.example")
    lab.check(seen, asked("mx.spf.example", "TXT"), refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"))


def test_it_hinders_the_own_users(lab: Scene, remote: MakeRemote) -> None:
    """Submission overrides the relay restrictions alone, so the own user at home fails the own domain's SPF record."""
    laptop = remote("198.51.100.77", name="home.dialup.example")
    seen = laptop.send(
        587, tls=True, auth=Auth("ann@lab.test", "correct horse"), sender="ann@lab.test", to="carol@far.example"
    )
    lab.check(
        seen,
        asked_in_order(
            ("198.51.100.77", "PTR"), ("home.dialup.example", "TXT"), ("lab.test", "TXT"), ("lab.test", "MX")
        ),
        accepted("AUTH"),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"),
        logged("Reject", stage="RCPT", code=550, sender="ann@lab.test", recipient="carol@far.example"),
        not_asked("far.example"),
    )

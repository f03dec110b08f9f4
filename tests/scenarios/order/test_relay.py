"""A relay attempt meets the list from the left as well: it is called a relay attempt only if nothing refused it before."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Ptr, Scene, asked, connected_as, not_asked, not_delivered, refused

SPF_FIRST = {
    "smtpd_relay_restrictions": "permit_sasl_authenticated, permit_mynetworks, check_policy_service "
    "unix:private/policyd-spf, reject_unknown_reverse_client_hostname, reject_unauth_destination"
}
CLIENT, DOMAIN, ELSEWHERE = "203.0.113.41", "nobody.example", "victim@relay.example"


def test_without_ptr(lab: Scene, remote: MakeRemote) -> None:
    """Without a PTR the seed article's list says 450 4.7.1, so the spammer may come again: not 554."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender=f"ann@{DOMAIN}", to=ELSEWHERE)
    lab.check(
        seen,
        asked(CLIENT, "PTR", "NXDOMAIN"),
        not_asked(DOMAIN),
        refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"),
        not_delivered(),
    )


def test_with_ptr(lab: Scene, remote: MakeRemote) -> None:
    """With a PTR it is 554 5.7.1, and SPF behind it is never asked about."""
    seen = remote(CLIENT, name="mail.spam.example").send(sender=f"ann@{DOMAIN}", to=ELSEWHERE)
    lab.check(
        seen,
        asked(CLIENT, "PTR", answers="mail.spam.example"),
        connected_as("mail.spam.example"),
        not_asked(DOMAIN),
        refused("RCPT", 554, "5.7.1", "Relay access denied"),
        not_delivered(),
    )


@pytest.mark.mail_host(main=SPF_FIRST)
def test_with_ptr_and_spf_first(lab: Scene, remote: MakeRemote) -> None:
    """With the policy service in front the same attempt is told 550 5.7.23."""
    seen = remote(CLIENT, name="mail.spam.example").send(sender=f"ann@{DOMAIN}", to=ELSEWHERE)
    lab.check(
        seen,
        asked(CLIENT, "PTR", answers="mail.spam.example"),
        asked(DOMAIN, "TXT", answers='"v=spf1 -all"'),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"),
        not_delivered(),
    )

"""A client without a PTR that fails SPF as well: the restriction that stands first decides what it is told."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MakeRemote, Ptr, Scene, asked, asked_in_order, logged, not_asked, not_logged, refused

SPF_FIRST = {
    "smtpd_relay_restrictions": "permit_sasl_authenticated, permit_mynetworks, check_policy_service "
    "unix:private/policyd-spf, reject_unknown_reverse_client_hostname, reject_unauth_destination"
}
CLIENT, DOMAIN = "203.0.113.40", "nobody.example"


def test_ptr_first(lab: Scene, remote: MakeRemote) -> None:
    """As the seed article has it: 450 4.7.1 for the missing PTR, and SPF is never asked about."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender=f"ann@{DOMAIN}")
    lab.check(
        seen,
        asked(CLIENT, "PTR", "NXDOMAIN"),
        not_asked(DOMAIN),
        not_logged("PolicySpf"),
        refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"),
    )


@pytest.mark.mail_host(main=SPF_FIRST)
def test_spf_first(lab: Scene, remote: MakeRemote) -> None:
    """With the policy service in front it is 550 5.7.23, although the PTR is looked up before, at the connect."""
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender=f"ann@{DOMAIN}")
    lab.check(
        seen,
        asked(CLIENT, "PTR", "NXDOMAIN"),
        asked_in_order((CLIENT, "PTR"), (DOMAIN, "TXT")),
        logged("PolicySpf", action="reject", result="Fail"),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"),
    )


@pytest.mark.mail_host(main=SPF_FIRST)
def test_spf_first_and_passed(lab: Scene, remote: MakeRemote, dns: Dns) -> None:
    """A pass is no permission: the PTR rule behind the policy service still refuses."""
    dns.zone(f'@ TXT "v=spf1 ip4:{CLIENT} -all"\n', origin="good.example")
    seen = remote(CLIENT, ptr=Ptr.missing()).send(sender="ann@good.example")
    lab.check(
        seen,
        asked_in_order((CLIENT, "PTR"), ("good.example", "TXT")),
        logged("PolicySpf", action="prepend", result="Pass"),
        refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"),
    )

"""PTR to somebody else's name: only the forward lookup of that name finds the liar."""

from __future__ import annotations

import pytest

from postfix_lab import (
    MakeRemote,
    Ptr,
    Scene,
    accepted,
    asked,
    connected_as,
    delivered,
    logged,
    not_delivered,
    refused,
    warned,
)

STRICT = {"smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_client_hostname, reject_unauth_destination"}
OWNER = {"A": "198.51.100.1", "AAAA": "2001:db8:ffff::1"}
ADDRESSES = pytest.mark.parametrize("address, rtype", [("203.0.113.99", "A"), ("2001:db8:113::99", "AAAA")])


@ADDRESSES
def test_the_soft_rule_lets_the_liar_in(lab: Scene, remote: MakeRemote, address: str, rtype: str) -> None:
    """A client that borrows gmail.com's name is warned about, logged as unknown, and accepted: it has a PTR."""
    seen = remote(address, ptr=Ptr.mismatch("gmail.com")).send()
    lab.check(
        seen,
        asked(address, "PTR", answers="gmail.com"),
        asked("gmail.com", rtype, answers=OWNER[rtype]),
        logged("HostnameMismatch", hostname="gmail.com", address=address),
        warned(f"does not resolve to address {address}$"),  # and no reason after it
        connected_as("unknown"),
        accepted(),
        delivered(to="bob@lab.test"),
    )


@ADDRESSES
@pytest.mark.mail_host(main=STRICT)
def test_the_strict_rule_refuses_the_liar(lab: Scene, remote: MakeRemote, address: str, rtype: str) -> None:
    """reject_unknown_client_hostname wants the name confirmed: 450 4.7.25."""
    seen = remote(address, ptr=Ptr.mismatch("gmail.com")).send()
    lab.check(
        seen,
        asked(address, "PTR", answers="gmail.com"),
        asked("gmail.com", rtype, answers=OWNER[rtype]),
        warned(f"hostname gmail.com does not resolve to address {address}$"),
        connected_as("unknown"),
        refused("RCPT", 450, "4.7.25", f"Client host rejected: cannot find your hostname, [{address}]"),
        not_delivered(),
    )

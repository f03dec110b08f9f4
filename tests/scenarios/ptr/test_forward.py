"""PTR to a name that leads nowhere: the tail of the warning says why the name could not be confirmed."""

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
)

STRICT = {"smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_client_hostname, reject_unauth_destination"}
NAME = "gone.isp.example"
REASONS = {
    "NXDOMAIN": (Ptr.nxdomain(NAME), "Name or service not known"),
    "NODATA": (Ptr.nodata(NAME), "No address associated with hostname"),
    "SERVFAIL": (Ptr.forward_servfail(NAME), "Temporary failure in name resolution"),
}
ADDRESSES = pytest.mark.parametrize("address, rtype", [("203.0.113.66", "A"), ("2001:db8:113::66", "AAAA")])
pytestmark = pytest.mark.parametrize("why", REASONS)


@ADDRESSES
def test_a_ptr_is_enough_for_the_soft_rule(lab: Scene, remote: MakeRemote, address: str, rtype: str, why: str) -> None:
    """A client whose name leads nowhere is warned about and accepted."""
    ptr, tail = REASONS[why]
    seen = remote(address, ptr=ptr).send()
    lab.check(
        seen,
        asked(address, "PTR", answers=NAME),
        asked(NAME, rtype, why),
        logged("HostnameMismatch", hostname=NAME, address=address, tail=tail),
        connected_as("unknown"),
        accepted(),
        delivered(to="bob@lab.test"),
    )


@ADDRESSES
@pytest.mark.mail_host(main=STRICT)
def test_the_strict_rule_refuses_for_now(lab: Scene, remote: MakeRemote, address: str, rtype: str, why: str) -> None:
    """The strict rule wants a confirmed name and says 450 4.7.25, whatever the reason."""
    ptr, tail = REASONS[why]
    seen = remote(address, ptr=ptr).send()
    lab.check(
        seen,
        asked(NAME, rtype, why),
        logged("HostnameMismatch", hostname=NAME, address=address, tail=tail),
        connected_as("unknown"),
        refused("RCPT", 450, "4.7.25", f"cannot find your hostname, [{address}]"),
        not_delivered(),
    )

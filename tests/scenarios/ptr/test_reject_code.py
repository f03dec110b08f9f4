"""unknown_client_reject_code = 550: what the DNS says for sure is refused for good, what it fails to say is not."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Ptr, Scene, asked, connected_as, logged, not_delivered, refused

BOTH_RULES = {
    "smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_reverse_client_hostname, "
    "reject_unknown_client_hostname, reject_unauth_destination",
    "unknown_client_reject_code": "550",
}
NO_PTR = {
    "no PTR": (Ptr.missing(), "NXDOMAIN", 550, "5.7.1"),
    "SERVFAIL": (Ptr.servfail(), "SERVFAIL", 450, "4.7.1"),
}
NO_NAME = {
    "liar": (Ptr.mismatch("gone.isp.example"), "NOERROR", 550, "5.7.25"),
    "NXDOMAIN": (Ptr.nxdomain("gone.isp.example"), "NXDOMAIN", 550, "5.7.25"),
    "NODATA": (Ptr.nodata("gone.isp.example"), "NODATA", 550, "5.7.25"),
    "SERVFAIL": (Ptr.forward_servfail("gone.isp.example"), "SERVFAIL", 450, "4.7.25"),
}
pytestmark = [
    pytest.mark.mail_host(main=BOTH_RULES),
    pytest.mark.parametrize("address", ["203.0.113.55", "2001:db8:113::55"]),
]


@pytest.mark.parametrize("why", NO_PTR)
def test_reverse_lookup(lab: Scene, remote: MakeRemote, address: str, why: str) -> None:
    """The soft rule says 550 5.7.1 when there is no PTR, 450 4.7.1 when that could not be found out."""
    ptr, outcome, code, enhanced = NO_PTR[why]
    lab.check(
        remote(address, ptr=ptr).send(),
        asked(address, "PTR", outcome),
        connected_as("unknown"),
        refused("RCPT", code, enhanced, f"cannot find your reverse hostname, [{address}]"),
        not_delivered(),
    )


@pytest.mark.parametrize("why", NO_NAME)
def test_forward_lookup(lab: Scene, remote: MakeRemote, address: str, why: str) -> None:
    """The strict rule says 550 5.7.25 when the name is wrong, 450 4.7.25 when that could not be found out."""
    ptr, outcome, code, enhanced = NO_NAME[why]
    lab.check(
        remote(address, ptr=ptr).send(),
        asked("gone.isp.example", "AAAA" if ":" in address else "A", outcome),
        logged("HostnameMismatch", hostname="gone.isp.example", address=address),
        connected_as("unknown"),
        refused("RCPT", code, enhanced, f"cannot find your hostname, [{address}]"),
        not_delivered(),
    )

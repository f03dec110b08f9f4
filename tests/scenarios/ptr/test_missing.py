"""No PTR record: the client is `unknown`, and the rule that only asks for one refuses it."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Ptr, Scene, asked, connected_as, logged, not_asked, not_delivered, refused


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8:113::9"])
def test_no_ptr_is_refused_by_the_soft_rule(lab: Scene, remote: MakeRemote, address: str) -> None:
    """A client without a PTR record is unknown and gets 450 4.7.1 from reject_unknown_reverse_client_hostname."""
    seen = remote(address, ptr=Ptr.missing(), helo="win2012r2RDP").send(sender="spam@spam.example")
    lab.check(
        seen,
        asked(address, "PTR", "NXDOMAIN"),
        not_asked("win2012r2RDP"),
        connected_as("unknown"),
        refused("RCPT", 450, "4.7.1", f"cannot find your reverse hostname, [{address}]"),
        logged(
            "Reject", stage="RCPT", code=450, helo="win2012r2RDP", sender="spam@spam.example", recipient="bob@lab.test"
        ),
        not_delivered(),
    )


@pytest.mark.mail_host(
    main={"smtpd_relay_restrictions": "permit_mynetworks, reject_unknown_client_hostname, reject_unauth_destination"}
)
@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8:113::9"])
def test_no_ptr_is_refused_by_the_strict_rule(lab: Scene, remote: MakeRemote, address: str) -> None:
    """Where the strict rule stands alone, a client without a PTR record gets its 450 4.7.25."""
    seen = remote(address, ptr=Ptr.missing()).send()
    lab.check(
        seen,
        asked(address, "PTR", "NXDOMAIN"),
        connected_as("unknown"),
        refused("RCPT", 450, "4.7.25", f"cannot find your hostname, [{address}]"),
        not_delivered(),
    )

"""A stranger who wants to use the mail host as a relay, with everything else in order."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Scene, asked, connected_as, logged, not_asked, not_delivered, refused


@pytest.mark.parametrize("address, rtype", [("203.0.113.50", "A"), ("2001:db8:113::50", "AAAA")])
def test_stranger_with_a_good_ptr_may_not_relay(lab: Scene, remote: MakeRemote, address: str, rtype: str) -> None:
    """A confirmed name gets past the PTR rule and no further: 554 5.7.1, before SPF is asked."""
    seen = remote(address, name="vps.hoster.example").send(sender="spam@hoster.example", to="victim@far.example")
    lab.check(
        seen,
        asked(address, "PTR", answers="vps.hoster.example"),
        asked("vps.hoster.example", rtype, answers=address),
        connected_as("vps.hoster.example"),
        refused("RCPT", 554, "5.7.1", "<victim@far.example>: Relay access denied"),
        logged("Reject", stage="RCPT", code=554, name="vps.hoster.example", recipient="victim@far.example"),
        not_asked("hoster.example", "TXT"),
        not_asked("far.example"),
        not_delivered(),
    )

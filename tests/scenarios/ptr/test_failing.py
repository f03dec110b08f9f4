"""The PTR lookup itself fails: the client is unknown as if it had no PTR, and Postfix warns about nothing."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Ptr, Scene, asked, connected_as, not_delivered, not_logged, refused


@pytest.mark.parametrize("address", ["203.0.113.15", "2001:db8:113::15"])
def test_servfail_looks_like_no_ptr(lab: Scene, remote: MakeRemote, address: str) -> None:
    """SERVFAIL from the reverse zone gets a well set-up client 450 4.7.1; only the DNS tells the two apart."""
    seen = remote(address, name="mail.good.example", ptr=Ptr.servfail()).send()
    lab.check(
        seen,
        asked(address, "PTR", "SERVFAIL"),
        not_logged("HostnameMismatch"),
        connected_as("unknown"),
        refused("RCPT", 450, "4.7.1", f"cannot find your reverse hostname, [{address}]"),
        not_delivered(),
    )

"""The questions go where resolv.conf sends them: to each resolver that it names, over IPv4 or IPv6."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Ptr, Scene, asked, connected_as, refused


@pytest.mark.mail_host(resolvers=("2001:db8:2::53", "192.0.2.54"))
@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8:113::9"])
def test_first_resolver_is_asked(lab: Scene, remote: MakeRemote, address: str) -> None:
    """With two resolvers the first one answers, and nobody else is asked."""
    seen = remote(address, ptr=Ptr.missing()).send()
    lab.check(
        seen,
        asked(address, "PTR", "NXDOMAIN"),
        connected_as("unknown"),
        refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"),
    )
    assert {query.server for query in seen.queries} == {"2001:db8:2::53"}

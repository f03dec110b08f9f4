"""mynetworks: who is in it may relay without a password, and no later rule is asked about him."""

from __future__ import annotations

import pytest

from postfix_lab import ACCEPT, Dns, MakeRemote, Ptr, Scene, accepted, asked, not_asked, peer_received, refused

pytestmark = pytest.mark.mail_host(main={"mynetworks": "127.0.0.0/8 203.0.113.0/28 [2001:db8:113::]/124"})


@pytest.mark.parametrize("address", ["203.0.113.5", "2001:db8:113::5"])
def test_own_network(lab: Scene, dns: Dns, remote: MakeRemote, address: str) -> None:
    """permit_mynetworks stands in front of the PTR rule, so a printer without a PTR record may relay."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.60", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)
    lab.check(
        remote(address, ptr=Ptr.missing(), helo="printer").send(sender="ann@lab.test", to="carol@far.example"),
        asked(address, "PTR", "NXDOMAIN"),
        not_asked("lab.test", "TXT"),
        accepted(),
        peer_received("203.0.113.60", sender="ann@lab.test", to="carol@far.example"),
    )


@pytest.mark.parametrize("address", ["203.0.113.16", "2001:db8:113::10"])
def test_next_door(lab: Scene, remote: MakeRemote, address: str) -> None:
    """The address behind the last one of the network is a stranger's."""
    seen = remote(address, ptr=Ptr.missing(), helo="printer").send(sender="ann@lab.test", to="carol@far.example")
    lab.check(
        seen, asked(address, "PTR", "NXDOMAIN"), refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname")
    )

"""A router that hides every client: mynetworks covers it, so that the host is an open relay."""

from __future__ import annotations

import pytest

from postfix_lab import ACCEPT, Dns, MailHost, MakeRemote, Ptr, Scene, accepted, peer_received, refused

pytestmark = pytest.mark.mail_host(config="behind-nat")
ROUTER = "10.0.0.1"


def test_whoever_comes_by_the_router_may_relay(lab: Scene, dns: Dns, mail_host: MailHost, remote: MakeRemote) -> None:
    """A spammer whose address the router rewrites is one of us."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.60", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)
    seen = remote(ROUTER, ptr=Ptr.missing()).send(sender="spam@spam.example", to="victim@far.example")
    lab.check(seen, accepted(), peer_received("203.0.113.60", to="victim@far.example"))
    assert mail_host.fit().in_mynetworks(ROUTER)


def test_with_his_own_address_he_is_a_stranger(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """The same client, not rewritten, is refused: the rules are right and never get to see him."""
    seen = remote("203.0.113.9", ptr=Ptr.missing()).send(sender="spam@spam.example", to="victim@far.example")
    lab.check(seen, refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname"))
    assert mail_host.fit().in_mynetworks("203.0.113.9") is False

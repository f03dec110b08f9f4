"""SPF judges the last hop: a forwarder that keeps the sender sends for a domain that does not know it."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Behaviour,
    Dns,
    MailHost,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    asked,
    connected_as,
    delivered,
    header,
    peer_received,
    received_spf,
    refused,
)


@pytest.fixture
def forwarder(remote: MakeRemote, mail_host: MailHost) -> Remote:
    """An MTA that sends on whatever it takes, as an alumni address does."""
    return remote("203.0.113.40", name="mx.alumni.example", mta=Behaviour(forward_to=mail_host.addresses[0]))


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """The one host of good.example."""
    return remote("203.0.113.10", name="mail.good.example")


def test_forwarded_mail_fails(lab: Scene, dns: Dns, good: Remote, forwarder: Remote) -> None:
    """What the forwarder took from the permitted host is refused when it comes from the forwarder's address."""
    dns.zone('@ MX 10 mail\n  TXT "v=spf1 mx -all"', origin="good.example")
    lab.check(
        good.send(via=forwarder, sender="ann@good.example"),
        accepted(session=0),
        peer_received("203.0.113.40", sender="ann@good.example", to="bob@lab.test"),
        connected_as("mx.alumni.example", session=1),
        asked("mail.good.example", "A", answers="203.0.113.10"),
        refused("RCPT", 550, "5.7.23", "SPF fail - not authorized", session=1),
    )


def test_forwarded_mail_without_a_record_arrives(lab: Scene, good: Remote, forwarder: Remote) -> None:
    """Without an SPF record the same way is open, and the message tells it hop by hop."""
    lab.check(
        good.send(via=forwarder, sender="ann@good.example"),
        asked("good.example", "TXT", "NODATA"),
        accepted(session=1),
        delivered(to="bob@lab.test"),
        header("Received", "from mail.good.example ([203.0.113.10]) by mx.alumni.example"),
        received_spf("none", client_ip="203.0.113.40"),
    )

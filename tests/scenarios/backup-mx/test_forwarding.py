"""A backup MX that also forwards: what it keeps for a friend, and what forwarding does to SPF."""

from __future__ import annotations

import pytest

from postfix_lab import ACCEPT, Dns, MailHost, MakeRemote, Scene, accepted, peer_received, refused

pytestmark = pytest.mark.mail_host(config="backup-mx")
FRIEND = "@ MX 10 mx\n  MX 20 mx.lab.test.\nmx A 203.0.113.61"
GOOD = '@ MX 10 mail\n  TXT "v=spf1 mx -all"\nmail A 203.0.113.10'


def test_mail_for_the_friend_goes_on_to_him(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """It is relayed to the better MX, and not back to ourselves."""
    dns.zone(FRIEND, origin="friend.test")
    remote("203.0.113.61", name="mx.friend.test", mta=ACCEPT)
    seen = remote("203.0.113.10", name="mail.good.example").send(to="fred@friend.test")
    lab.check(seen, accepted(), peer_received("203.0.113.61", to="fred@friend.test"))


def test_whom_the_friend_does_not_know(lab: Scene, remote: MakeRemote) -> None:
    """An unknown recipient is refused here, so that no bounce is sent to a forged sender."""
    seen = remote("203.0.113.10", name="mail.good.example").send(to="nobody@friend.test")
    lab.check(seen, refused("RCPT", 550, "5.1.1", "User unknown in relay recipient table"))


def test_forwarding_breaks_spf(lab: Scene, dns: Dns, mail_host: MailHost, remote: MakeRemote) -> None:
    """The sender stays as it is, but the mail comes from us, whom the sender's SPF record does not permit."""
    dns.zone(GOOD, origin="good.example")
    dns.zone("@ MX 10 mx\nmx A 203.0.113.60", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)
    seen = remote("203.0.113.10", name="mail.good.example").send(sender="ann@good.example", to="carol@lab.test")
    lab.check(seen, accepted(), peer_received("203.0.113.60", sender="ann@good.example", to="carol@far.example"))
    assert [message.client for message in seen.messages] == [mail_host.addresses[0]]

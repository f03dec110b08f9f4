"""MAILER-DAEMON's mail leaves the host: made by bounce(8), it never passes smtpd, so no restriction hinders it."""

from __future__ import annotations

import pytest

from postfix_lab import (
    ACCEPT,
    REFUSE,
    Auth,
    Dns,
    MakeRemote,
    Ptr,
    Scene,
    accepted,
    asked,
    bounced,
    delivered,
    header,
    logged,
    not_asked,
    not_logged,
    peer_received,
)

FAR = '@ MX 10 mx\n  TXT "v=spf1 mx -all"\nmx A 203.0.113.61'
GOOD = '@ MX 10 mail\n  TXT "v=spf1 mx -all"\nmail A 203.0.113.10'


@pytest.mark.mail_host(main={"virtual_alias_maps": "inline:{moved@lab.test=bob@far.example}"})
def test_bounce_reaches_the_remote_sender(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """Bob's new provider refuses what is forwarded to him, so the remote sender gets a bounce by MX.

    SPF among the relay restrictions judged the mail on its way in and is not asked about the bounce.
    """
    dns.zone(FAR, origin="far.example")
    dns.zone(GOOD, origin="good.example")
    remote("203.0.113.61", name="mx.far.example", mta=REFUSE)
    good = remote("203.0.113.10", name="mail.good.example", mta=ACCEPT)
    lab.check(
        good.send(sender="ann@good.example", to="moved@lab.test"),
        accepted(),
        logged("PolicySpf", result="Pass", envelope_from="ann@good.example"),
        bounced(to="bob@far.example"),
        logged("Bounced", kind="sender non-delivery"),
        asked("good.example", "MX", answers="10 mail.good.example"),
        peer_received("203.0.113.10", sender="", to="ann@good.example", text="MAILER-DAEMON@lab.test"),
        peer_received("203.0.113.10", text="550 5.1.1 No such user"),
        not_asked("mx.lab.test", "TXT"),
        not_asked("lab.test", "TXT"),
        not_logged("PolicySpf", envelope_from=""),
    )


def test_bounce_reaches_the_own_user(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """What ann submits and the far MTA refuses comes back to ann from MAILER-DAEMON, through no restriction either."""
    dns.zone(FAR, origin="far.example")
    remote("203.0.113.61", name="mx.far.example", mta=REFUSE)
    laptop = remote("198.51.100.77", ptr=Ptr.missing(), helo="laptop")
    auth = Auth("ann@lab.test", "correct horse")
    lab.check(
        laptop.send(587, tls=True, auth=auth, sender="ann@lab.test", to="bob@far.example"),
        asked("far.example", "MX", answers="10 mx.far.example"),
        accepted(),
        bounced(to="bob@far.example"),
        delivered(to="ann@lab.test"),
        header("From", "MAILER-DAEMON@lab.test"),
        not_logged("PolicySpf"),
    )

"""Addresses and names that read like Postfix's own log lines are still only what the client said."""

from __future__ import annotations

import pytest

from postfix_lab import REFUSE, Auth, Dns, MakeRemote, Ptr, Scene, accepted, bounced, delivered, logged, refused

SENDER = '"s> to=<b; from=<e> proto=ESMTP helo=<r"@good.example'
RECIPIENTS = (
    '"a; from=<evil@x> to=<b"@far.example',
    '"a; from=<evil@x> to=<b@x> proto=ESMTP helo=<h>: x"@far.example',
    '"a>: Recipient address rejected: no; from=<evil> to=<b> proto=ESMTP helo=<h>"@far.example',
)
SENT = '"a>, relay=evil[6.6.6.6]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (250 ok)"@far.example'


@pytest.mark.parametrize("recipient", RECIPIENTS, ids=["envelope", "whole-line", "reply"])
def test_recipient_like_a_reject_line(lab: Scene, remote: MakeRemote, recipient: str) -> None:
    """The log's line about the refusal has the real sender, recipient and HELO name."""
    client = remote("203.0.113.10", name="mail.good.example", helo="x> proto=SMTP helo=<evil")
    lab.check(
        client.send(sender=SENDER, to=recipient),
        refused("RCPT", 554, "5.7.1", "Relay access denied"),
        logged("Reject", sender=SENDER, recipient=recipient, helo="x??proto=SMTP?helo=?evil"),
    )


def test_recipient_like_a_delivery(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """A bounce stays a bounce, whatever the recipient is called."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.61", origin="far.example")
    remote("203.0.113.61", name="mx.far.example", mta=REFUSE)
    laptop = remote("198.51.100.77", ptr=Ptr.missing(), helo="laptop")
    lab.check(
        laptop.send(587, tls=True, auth=Auth("ann@lab.test", "correct horse"), sender="ann@lab.test", to=SENT),
        accepted(),
        bounced(to=SENT),
        logged("Delivery", recipient=SENT, status="bounced", relay="mx.far.example"),
        delivered(1, to="ann@lab.test"),
    )

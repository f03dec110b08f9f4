"""A next hop that speaks less than Postfix: no SMTPUTF8, no 8BITMIME, no ESMTP at all."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Answer,
    Behaviour,
    Dns,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    bounced,
    delivered,
    logged,
    peer_received,
)

pytestmark = pytest.mark.mail_host(config="gateway")
HOP = "198.51.100.7"
MIME = "Subject: lab\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n\xc3\xbc\n"


@pytest.fixture
def client(dns: Dns, remote: MakeRemote) -> Remote:
    """Who sends a mail that is handed on to mx.far.example."""
    dns.zone("@ MX 10 mx\nmx A 198.51.100.7", origin="far.example")
    return remote("203.0.113.10", name="mail.good.example")


def test_smtputf8(lab: Scene, remote: MakeRemote, client: Remote) -> None:
    """An address that needs SMTPUTF8 bounces at once where the hop does not offer it (RFC 6531 section 3.2): 5.6.7."""
    remote(HOP, name="mx.far.example", mta=Behaviour(lacks="SMTPUTF8"))
    seen = client.send(sender="ann@lab.test", to="j\u00fcrgen@far.example", mail_parameters="SMTPUTF8")
    lab.check(
        seen,
        accepted(),
        logged("Delivery", dsn="5.6.7", reason="SMTPUTF8 is required, but was not offered by host mx.far.example"),
        bounced(to="j\u00fcrgen@far.example"),
        delivered(1, to="ann@lab.test"),
    )


def test_smtputf8_is_not_needed(lab: Scene, remote: MakeRemote, client: Remote) -> None:
    """A mail of plain ASCII goes to the same hop, though the client said SMTPUTF8 (smtputf8_autodetect_classes)."""
    remote(HOP, name="mx.far.example", mta=Behaviour(lacks="SMTPUTF8"))
    lab.check(client.send(to="carol@far.example"), accepted(), peer_received(HOP, to="carol@far.example"))


def test_8bitmime(lab: Scene, remote: MakeRemote, client: Remote) -> None:
    """Eight-bit text is turned into quoted-printable for a hop that does not offer 8BITMIME (RFC 6152 section 3)."""
    remote(HOP, name="mx.far.example", mta=Behaviour(lacks=("8BITMIME", "SMTPUTF8")))
    seen = client.send(to="carol@far.example", data=MIME, mail_parameters="BODY=8BITMIME")
    lab.check(seen, peer_received(HOP, text="quoted-printable"), peer_received(HOP, text="\r\n=C3=BC\r\n"))


def test_8bitmime_by_smtputf8(lab: Scene, remote: MakeRemote, client: Remote) -> None:
    """A hop that offers SMTPUTF8 gets it as it is: smtp(8) takes 8BITMIME for granted then (RFC 6531 section 3.1)."""
    remote(HOP, name="mx.far.example", mta=Behaviour(lacks="8BITMIME"))
    seen = client.send(to="carol@far.example", data=MIME, mail_parameters="BODY=8BITMIME")
    lab.check(
        seen,
        peer_received(HOP, text="Content-Transfer-Encoding: 8bit"),
        logged("offers SMTPUTF8 support, but not 8BITMIME"),
    )


@pytest.mark.parametrize("reply", ["502 5.5.1 What?", "550 5.7.1 No"])
def test_no_esmtp(lab: Scene, remote: MakeRemote, client: Remote, reply: str) -> None:
    """A hop that refuses EHLO is greeted with HELO, and takes the mail by SMTP as of 1982."""
    remote(HOP, name="mx.far.example", mta=Behaviour(answers=Answer("HELO", reply, nth=1)))
    seen = client.send(to="carol@far.example")
    lab.check(seen, peer_received(HOP, to="carol@far.example"))
    assert [message.protocol for message in seen.messages] == ["SMTP"]

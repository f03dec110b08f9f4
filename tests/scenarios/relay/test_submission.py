"""Port 587: who has a password may send from anywhere to anybody; who has none may send nothing."""

from __future__ import annotations

from typing import Literal

import pytest

from lab import (
    ACCEPT, Auth, Dns, MakeRemote, Ptr, Remote, Scene, accepted, asked, logged, not_asked, peer_received, refused, replied,
)  # fmt: skip

ANN = "ann@lab.test"


@pytest.fixture
def laptop(remote: MakeRemote) -> Remote:
    """A client without a PTR record, which port 25 would refuse."""
    return remote("198.51.100.77", ptr=Ptr.missing(), helo="laptop")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_own_user_sends_to_the_world(
    lab: Scene, dns: Dns, remote: MakeRemote, laptop: Remote, mechanism: Literal["PLAIN", "LOGIN"]
) -> None:
    """The service's own smtpd_relay_restrictions permit an authenticated client; the mail goes out by MX."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.60", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)
    auth = Auth(ANN, "correct horse", mechanism)
    lab.check(
        laptop.send(587, tls=True, auth=auth, sender=ANN, to="carol@far.example"),
        asked("198.51.100.77", "PTR", "NXDOMAIN"),
        not_asked("lab.test", "TXT"),
        replied("HELO", 250, text="AUTH PLAIN LOGIN"),
        accepted("AUTH"),
        accepted(),
        logged("Accepted", program="postfix/submission/smtpd", sasl_method=mechanism, sasl_username=ANN),
        asked("far.example", "MX", answers="10 mx.far.example"),
        asked("mx.far.example", "A", answers="203.0.113.60"),
        peer_received("203.0.113.60", sender=ANN, to="carol@far.example"),
    )


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_wrong_password(lab: Scene, laptop: Remote, mechanism: Literal["PLAIN", "LOGIN"]) -> None:
    """A wrong password gets 535 5.7.8, and the log a warning that names the client."""
    lab.check(
        laptop.send(587, tls=True, auth=Auth(ANN, "battery staple", mechanism), sender=ANN),
        asked("198.51.100.77", "PTR", "NXDOMAIN"),
        refused("AUTH", 535, "5.7.8", "authentication failed"),
        logged("SaslFailure", address="198.51.100.77", mechanism=mechanism),
    )


def test_without_a_password(lab: Scene, laptop: Remote) -> None:
    """Nobody sends by this port unauthenticated, not even to the own domain."""
    seen = laptop.send(587, tls=True, sender=ANN)
    lab.check(seen, asked("198.51.100.77", "PTR"), refused("RCPT", 554, "5.7.1", "Access denied"))


def test_without_tls(lab: Scene, laptop: Remote) -> None:
    """No password is taken over a line that is not encrypted."""
    seen = laptop.send(587, auth=Auth(ANN, "correct horse"), sender=ANN)
    lab.check(seen, asked("198.51.100.77", "PTR"), refused("AUTH", 530, "5.7.0", "Must issue a STARTTLS command first"))

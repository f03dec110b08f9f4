"""Port 587: who has a password may send from anywhere to anybody."""

from __future__ import annotations

from typing import Literal

import pytest

from postfix_lab import (
    ACCEPT,
    Auth,
    Dns,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    asked,
    logged,
    not_asked,
    peer_received,
    replied,
)

ANN = "ann@lab.test"


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

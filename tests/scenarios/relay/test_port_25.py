"""AUTH on port 25: not offered by the seed; where it is, `permit_sasl_authenticated` has to stand first."""

from __future__ import annotations

import pytest

from postfix_lab import ACCEPT, Auth, Dns, MakeRemote, Remote, Scene, accepted, asked, peer_received, refused, replied

ANN = Auth("ann@lab.test", "correct horse")
LAST = "permit_mynetworks, reject_unknown_reverse_client_hostname, permit_sasl_authenticated, reject_unauth_destination"


def test_no_auth_on_port_25(lab: Scene, laptop: Remote) -> None:
    """The seed keeps passwords to port 587: the keyword is not there, the command is refused."""
    seen = laptop.send(tls=True, auth=ANN, sender="ann@lab.test")
    lab.check(
        seen,
        asked("198.51.100.77", "PTR", "NXDOMAIN"),
        replied("HELO", 250, text=r"\A(?!.*\bAUTH\b)"),
        refused("AUTH", 503, "5.5.1", "authentication not enabled"),
    )


@pytest.mark.mail_host(main={"smtpd_sasl_auth_enable": "yes"})
def test_first_in_the_list(lab: Scene, dns: Dns, remote: MakeRemote, laptop: Remote) -> None:
    """permit_sasl_authenticated stands first in the seed's list: the rules behind it do not ask about ann's client."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.60", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)
    lab.check(
        laptop.send(tls=True, auth=ANN, sender="ann@lab.test", to="carol@far.example"),
        asked("198.51.100.77", "PTR", "NXDOMAIN"),
        accepted(),
        peer_received("203.0.113.60", sender="ann@lab.test", to="carol@far.example"),
    )


@pytest.mark.mail_host(main={"smtpd_sasl_auth_enable": "yes", "smtpd_relay_restrictions": LAST})
def test_behind_the_ptr_rule(lab: Scene, laptop: Remote) -> None:
    """Behind the PTR rule it comes too late: ann gives her password and is refused all the same."""
    lab.check(
        laptop.send(tls=True, auth=ANN, sender="ann@lab.test", to="carol@far.example"),
        asked("198.51.100.77", "PTR", "NXDOMAIN"),
        accepted("AUTH"),
        refused("RCPT", 450, "4.7.1", "cannot find your reverse hostname, [198.51.100.77]"),
    )

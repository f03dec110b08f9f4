"""DANE: Postfix believes a TLSA record only if the AD bit reaches it, and then mail waits rather than goes in the clear."""

from __future__ import annotations

from typing import Any

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
    warned,
)

MAIN = {"smtp_tls_security_level": "dane", "smtp_dns_support_level": "dnssec"}
ANN = "ann@lab.test"
ENVELOPE: dict[str, Any] = {
    "port": 587, "tls": True, "auth": Auth(ANN, "correct horse"), "sender": ANN, "to": "carol@far.example",
}  # fmt: skip


@pytest.fixture
def laptop(dns: Dns, remote: MakeRemote) -> Remote:
    """Who submits a mail to far.example, whose MTA has a TLSA record and offers no TLS."""
    dns.zone(f"@ MX 10 mx\nmx A 203.0.113.60\n_25._tcp.mx TLSA 3 1 1 {'ab' * 32}", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)
    return remote("198.51.100.77", helo="laptop")


def check_that_it_waits(lab: Scene, laptop: Remote) -> None:
    """The TLSA record counts: without the TLS that it promises the mail stays in the queue."""
    lab.check(
        laptop.send(**ENVELOPE),
        accepted(),
        asked("_25._tcp.mx.far.example", "TLSA"),
        logged("Delivery", status="deferred", dsn="4.7.4", reason="TLS is required, but was not offered"),
    )


@pytest.mark.mail_host(main=MAIN, resolver_options=("trust-ad",))
def test_trust_ad(lab: Scene, dns: Dns, laptop: Remote) -> None:
    """With `options trust-ad` glibc hands the AD bit of a resolver that validates on to Postfix."""
    dns.fault("*", "AUTHENTIC")
    check_that_it_waits(lab, laptop)


@pytest.mark.mail_host(main=MAIN)
def test_postfix_trusts_by_itself(lab: Scene, dns: Dns, laptop: Remote) -> None:
    """Without it glibc since 2.31 would hide the bit, but Postfix sets RES_TRUSTAD for its own DNSSEC lookups."""
    dns.fault("*", "AUTHENTIC")
    check_that_it_waits(lab, laptop)


@pytest.mark.mail_host(main=MAIN, resolver_options=("trust-ad",))
def test_resolver_that_does_not_validate(lab: Scene, laptop: Remote) -> None:
    """No AD bit for MX and address: the TLSA record is not even asked for, and the mail goes in the clear.

    smtp(8) asks for the root's NS records once in its life, and says so if the answer is not validated.
    """
    lab.check(
        laptop.send(**ENVELOPE),
        accepted(),
        not_asked("_25._tcp.mx.far.example", "TLSA"),
        peer_received("203.0.113.60", to="carol@far.example"),
        warned("DNSSEC validation may be unavailable"),
        warned("dnssec_probe 'ns:.' received a response that is not DNSSEC validated"),
    )


@pytest.mark.mail_host(main=MAIN)
def test_tlsa_lookup_that_fails(lab: Scene, dns: Dns, laptop: Remote) -> None:
    """Once the MX is authentic, a TLSA lookup that fails opens no way for a downgrade (RFC 7672 section 2.1.2)."""
    dns.fault("_25._tcp.mx.far.example", "SERVFAIL", "TLSA")
    dns.fault("*", "AUTHENTIC")
    lab.check(
        laptop.send(**ENVELOPE),
        accepted(),
        asked("_25._tcp.mx.far.example", "TLSA", "SERVFAIL"),
        logged("Delivery", status="deferred", reason="TLSA lookup error"),
        warned("DANE TLSA lookup problem"),
        warned("TLSA lookup error for mx.far.example"),
    )

"""The DNS of the sender's domain does not answer: TempError_Defer decides, and SERVFAIL is not silence."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Dns,
    MailHost,
    Remote,
    Scene,
    accepted,
    asked,
    delivered,
    logged,
    not_delivered,
    received_spf,
    refused,
)

LENIENT = {"Lookup_Time": "1", "skip_addresses": "127.0.0.0/8,203.0.113.64/28"}
STRICT = {"Lookup_Time": "1", "TempError_Defer": "True", "PermError_reject": "True"}


@pytest.mark.mail_host(policyd_spf=LENIENT)
def test_timeout_is_accepted(lab: Scene, dns: Dns, stranger: Remote, receiver: str) -> None:
    """Debian's setting, TempError_Defer = False, takes the mail and says temperror in the header."""
    dns.fault("mx.spf.example", "TIMEOUT", "TXT")
    lab.check(
        stranger.send(sender="ann@mx.spf.example"),
        asked("mx.spf.example", "TXT", "TIMEOUT"),
        accepted(),
        delivered(),
        received_spf("temperror", identity="mailfrom", envelope_from="ann@mx.spf.example", receiver=receiver),
    )


@pytest.mark.mail_host(policyd_spf=STRICT)
def test_timeout_is_deferred(lab: Scene, dns: Dns, stranger: Remote) -> None:
    """With TempError_Defer = True the client is told to come again: 450 4.7.24."""
    dns.fault("mx.spf.example", "TIMEOUT", "TXT")
    lab.check(
        stranger.send(sender="ann@mx.spf.example"),
        asked("mx.spf.example", "TXT", "TIMEOUT"),
        refused("RCPT", 450, "4.7.24", "Message deferred due to: SPF Temporary Error: DNS"),
        logged("PolicySpf", action="defer", code="defer_if_permit", enhanced="4.7.24", result="Temperror"),
        not_delivered(),
    )


@pytest.mark.mail_host(policyd_spf=STRICT)
def test_servfail_is_no_failure_to_py3dns(lab: Scene, dns: Dns, mail_host: MailHost, stranger: Remote) -> None:
    """python3-dns, which Debian installs, ignores the rcode: SERVFAIL reads as "no record", and nobody is deferred."""
    assert mail_host.facts().spf_dns_library == "py3dns"
    dns.fault("mx.spf.example", "SERVFAIL", "TXT")
    seen = stranger.send(sender="ann@mx.spf.example")
    lab.check(seen, asked("mx.spf.example", "TXT", "SERVFAIL"), accepted(), received_spf("none"))

"""Packets that cannot be read: smtpd takes the client for unknown; policyd-spf for a temporary error, or falls over a loop."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Dns,
    MailHost,
    Remote,
    Scene,
    accepted,
    asked,
    connected_as,
    logged,
    no_received_spf,
    received_spf,
    refused,
    warned,
)

pytestmark = pytest.mark.mail_host(policyd_spf={"Lookup_Time": "1"})
PTR = "10.113.0.203.in-addr.arpa"
BROKEN = ["CUT_HEADER", "CUT_NAME", "CUT_RECORD", "GARBAGE"]


@pytest.mark.parametrize("kind", [*BROKEN, "COMPRESSION_LOOP"])
def test_broken_ptr_answer(lab: Scene, dns: Dns, sender: Remote, kind: str) -> None:
    """Like a server that fails: 450."""
    dns.fault(PTR, kind, "PTR")
    lab.check(
        sender.send(), asked(PTR, "PTR", "MALFORMED"), connected_as("unknown"), refused("RCPT", 450, "4.7.1")
    )


@pytest.mark.parametrize("kind", [*BROKEN, "WRONG_COUNTS"])
def test_broken_spf_answer(lab: Scene, dns: Dns, sender: Remote, kind: str) -> None:
    """py3dns raises an error, and pyspf says *temperror*."""
    dns.fault("good.example", kind, "TXT")
    lab.check(sender.send(), asked("good.example", "TXT", "MALFORMED"), accepted(), received_spf("temperror"))


def test_compression_loop_fells_policyd_spf(lab: Scene, dns: Dns, sender: Remote) -> None:
    """py3dns follows a pointer that points to itself until Python gives up; the mail goes in unchecked."""
    dns.fault("good.example", "COMPRESSION_LOOP", "TXT")
    lab.check(
        sender.send(),
        asked("good.example", "TXT", "MALFORMED"),
        logged("Ouch, caught exc: Exception: (<class 'RecursionError'>"),
        accepted(),
        no_received_spf(),
    )


def test_counts_that_promise_too_much(lab: Scene, dns: Dns, mail_host: MailHost, sender: Remote) -> None:
    """Bullseye's glibc 2.31 takes the address that is there, later ones none of it."""
    dns.fault("mail.good.example", "WRONG_COUNTS", "A")
    seen = sender.send()
    unbelieved = () if mail_host.debian == 11 else (warned("No address associated with hostname"),)
    named = "mail.good.example" if mail_host.debian == 11 else "unknown"
    lab.check(seen, asked("mail.good.example", "A", "MALFORMED"), connected_as(named), accepted(), *unbelieved)


def test_garbage_behind_the_answer(lab: Scene, dns: Dns, sender: Remote) -> None:
    """Nobody minds it."""
    dns.fault("*", "TRAILING_GARBAGE")
    lab.check(sender.send(), connected_as("mail.good.example"), accepted(), received_spf("pass"))

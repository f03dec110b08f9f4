"""Aliases: glibc follows twenty of them and gives a loop up; pyspf counts to ten and calls more of them a permanent error."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MailHost, Remote, Scene, accepted, asked, connected_as, received_spf, refused, warned

PTR = "10.113.0.203.in-addr.arpa"


@pytest.mark.parametrize("name,rtype", [(PTR, "PTR"), ("mail.good.example", "A")])
def test_chain_of_twenty_is_no_matter_to_smtpd(lab: Scene, dns: Dns, sender: Remote, name: str, rtype: str) -> None:
    """The client is known by its name, at whichever end of the lookup the aliases are."""
    dns.fault(name, "CNAME_CHAIN", rtype)
    lab.check(sender.send(until="RCPT"), asked(name, rtype), connected_as("mail.good.example"))


@pytest.mark.parametrize("name,rtype", [("good.example", "TXT"), ("good.example", "MX"), ("mail.good.example", "A")])
def test_chain_of_twenty_is_a_permerror_to_pyspf(lab: Scene, dns: Dns, sender: Remote, name: str, rtype: str) -> None:
    """Pyspf's MAX_CNAME is 10; Debian's PermError_reject = False takes the mail."""
    dns.fault(name, "CNAME_CHAIN", rtype)
    lab.check(sender.send(), asked(name, rtype), accepted(), received_spf("permerror"))


def test_loop_of_the_ptr(lab: Scene, dns: Dns, sender: Remote) -> None:
    """No name comes of it: the client is unknown."""
    dns.fault(PTR, "CNAME_LOOP", "PTR")
    lab.check(sender.send(), asked(PTR, "PTR"), connected_as("unknown"), refused("RCPT", 450, "4.7.1"))


def test_loop_of_the_address(lab: Scene, dns: Dns, mail_host: MailHost, sender: Remote) -> None:
    """The name has no address (to bullseye's glibc there is no such name); nor has `mx` one, which condemns the host."""
    dns.fault("mail.good.example", "CNAME_LOOP", "A")
    why = "Name or service not known" if mail_host.debian == 11 else "No address associated with hostname"
    lab.check(
        sender.send(),
        asked("mail.good.example", "A"),
        warned(f"does not resolve to address 203.0.113.10: {why}"),
        connected_as("unknown"),
        refused("RCPT", 550, "5.7.23"),
    )


def test_loop_of_the_policy(lab: Scene, dns: Dns, sender: Remote) -> None:
    """An SPF record behind a loop is none."""
    dns.fault("good.example", "CNAME_LOOP", "TXT")
    lab.check(sender.send(), asked("good.example", "TXT"), accepted(), received_spf("none"))

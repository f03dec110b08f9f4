"""What a daemon of Postfix remembers of one test does not decide the next one."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MailHost, MakeRemote, Scene, accepted, refused

LISTS = {"smtpd_recipient_restrictions": "reject_rbl_client bl.example, reject_rhsbl_sender dbl.example"}
pytestmark = pytest.mark.mail_host(main=LISTS, debian=(11, 12, 13))
CLIENT = "203.0.113.9"


def smtpd_processes(mail_host: MailHost) -> set[str]:
    """The process ids of the smtpd's that run."""
    return set(mail_host.shell("grep -sl '^smtpd' /proc/[0-9]*/comm || true").split())


@pytest.mark.parametrize("listed", [False, False, True, True, False, True, False, False, True, True, False, True] * 2)
def test_a_listing_counts_at_once(lab: Scene, dns: Dns, remote: MakeRemote, listed: bool) -> None:
    """The DNS of this test decides, whichever process serves: smtpd keeps answers of DNS lists until it ends."""
    if listed:
        dns.zone("9.113.0.203 A 127.0.0.2", origin="bl.example")
    seen = remote(CLIENT, name="mail.sender.example").send(until="RCPT")
    lab.check(seen, refused("RCPT", 554, "5.7.1", "blocked using bl.example") if listed else accepted("RCPT"))


@pytest.mark.parametrize("inside", [True, False])
def test_within_a_test(lab: Scene, dns: Dns, remote: MakeRemote, inside: bool) -> None:
    """A world that changes between two sessions of one test is the one that the second session meets."""
    client = remote(CLIENT, name="mail.sender.example")
    if inside:
        dns.zone("sender.example A 127.0.0.2", origin="dbl.example")
    before = client.send(sender="ann@sender.example", until="RCPT")
    lab.check(before, refused("RCPT", 554, text="dbl.example") if inside else accepted("RCPT"))
    if not inside:
        dns.zone("sender.example A 127.0.0.2", origin="dbl.example")
        lab.check(client.send(sender="ann@sender.example", until="RCPT"), refused("RCPT", 554, text="dbl.example"))


def test_the_same_world_keeps_the_process(lab: Scene, mail_host: MailHost, dns: Dns, remote: MakeRemote) -> None:
    """Two sessions in one world are served without a reload between them: real memory of real sessions stays."""
    dns.zone("9.113.0.203 A 127.0.0.2", origin="bl.example")
    client = remote(CLIENT, name="mail.sender.example")
    listed = refused("RCPT", 554, "5.7.1", "blocked using bl.example")
    lab.check(client.send(until="RCPT"), listed)
    before = smtpd_processes(mail_host)
    lab.check(client.send(until="RCPT"), listed)
    assert before
    assert before <= smtpd_processes(mail_host)

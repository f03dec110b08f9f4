"""What a daemon of Postfix remembers of one test does not decide the next one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab import (
    ACCEPT,
    Behaviour,
    Dns,
    MailHost,
    MakeRemote,
    Scene,
    accepted,
    delivered,
    logged,
    peer_received,
    refused,
)
from postfix_lab.runtime.target import Target

LISTS = {"smtpd_recipient_restrictions": "reject_rbl_client bl.example, reject_rhsbl_sender dbl.example"}
pytestmark = pytest.mark.mail_host(main=LISTS, debian=(11, 12, 13))
CLIENT, PEER = "203.0.113.9", "203.0.113.61"


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


@pytest.mark.mail_host(main={**LISTS, "smtpd_recipient_limit": "99"}, memory="kept")
def test_kept_by_a_word(lab: Scene, mail_host: MailHost, dns: Dns, remote: MakeRemote) -> None:
    """A test that is about that memory says so: the same smtpd goes on with the answer that it has."""
    client = remote(CLIENT, name="mail.sender.example")
    lab.check(client.send(until="RCPT"), accepted("RCPT"))
    before = smtpd_processes(mail_host)
    dns.zone("9.113.0.203 A 127.0.0.2", origin="bl.example")
    lab.check(client.send(until="RCPT"), accepted("RCPT"))
    assert before == smtpd_processes(mail_host)
    mail_host.reset()
    lab.check(client.send(until="RCPT"), refused("RCPT", 554, "5.7.1", "blocked using bl.example"))


@pytest.mark.mail_host(main={"mynetworks": f"{CLIENT}/32", "minimal_backoff_time": "300s"})
def test_a_destination_that_was_dead(lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost) -> None:
    """qmgr(8) does not try a dead destination again for minutes; the next test finds one that works."""
    dns.zone("@ MX 10 mx", origin="far.example")
    dead = remote(PEER, name="mx.far.example", mta=Behaviour(banner="421 4.3.2 Not now"))
    lab.check(remote(CLIENT).send(to="bob@far.example"), accepted(), logged("status=deferred"))
    lab.world = replace(lab.world, hosts=tuple(host for host in lab.world.hosts if host != dead.host))
    lab.executor.prepare(Target(mail_host.debian, mail_host.current_setup))
    remote(PEER, name="mx.far.example", mta=ACCEPT)
    lab.check(remote(CLIENT).send(to="bob@far.example"), accepted(), peer_received(PEER, to="bob@far.example"))


@pytest.mark.mail_host(main={"smtpd_client_message_rate_limit": "1", "smtpd_client_connection_rate_limit": "2"})
def test_the_canary_is_forgotten(lab: Scene, remote: MakeRemote) -> None:
    """A test that comes from the canary's own address is not counted together with it."""
    client = remote("198.51.100.125", name="canary.example")
    lab.check(client.send(), accepted(), delivered())


@pytest.mark.mail_host(config="strict", main={"postscreen_greet_wait": "1s"})
def test_the_canary_is_a_stranger_to_postscreen(lab: Scene, remote: MakeRemote) -> None:
    """postscreen(8) tests the canary's address anew."""
    seen = remote("198.51.100.125", name="canary.example").send(until="HELO")
    new = logged("Postscreen", action="CONNECT"), logged("Postscreen", action="PASS NEW")
    lab.check(seen, *new, without=["quiet-log"])

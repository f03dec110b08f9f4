"""What one test leaves is gone in the next: zones, faults, peers, queue, log and Postfix's own memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from postfix_lab import (  # fmt: skip
    ACCEPT,
    REFUSE,
    TEMPFAIL,
    Dns,
    Host,
    MailHost,
    MakeRemote,
    Ptr,
    Scene,
    Session,
    accepted,
    asked,
    connected_as,
    delivered,
    mail,
    may_log,
    not_asked,
    peer_received,
    refused,
    warned,
)
from postfix_lab.errors import LabError

pytestmark = pytest.mark.mail_host(debian=12)
Begin = Callable[[], Scene]
CLIENT, PEER = "203.0.113.10", "203.0.113.61"
FAR = "@ MX 10 mx\nmx A 203.0.113.61"
VERIFY = {
    "smtpd_recipient_restrictions": "reject_unverified_sender",
    "address_verify_poll_count": "3",
    "address_verify_poll_delay": "1s",
}
RATE = {"smtpd_client_message_rate_limit": "1"}
RELAY = {"mynetworks": f"{CLIENT}/32"}


def from_client(**said: Any) -> Session:
    """One session of a client that no other scene has heard of."""
    return Session(Host(CLIENT), mail(helo="client.example", **said))


def test_zones_and_faults_change_between_two_messages(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """Within one test each change counts from the next message on, and Postfix remembers nothing."""
    client = remote(CLIENT, name="mail.good.example")
    lab.check(client.send(), asked(CLIENT, "PTR", answers="mail.good.example"), accepted())
    dns.fault("10.113.0.203.in-addr.arpa", "SERVFAIL", "PTR")
    lab.check(client.send(), asked(CLIENT, "PTR", "SERVFAIL"), refused("RCPT", 450, "4.7.1"))
    dns.clear()
    dns.zone("10 PTR other.good.example.\n", origin="113.0.203.in-addr.arpa")
    dns.zone("other A 203.0.113.10\n", origin="good.example")
    lab.check(client.send(), asked(CLIENT, "PTR", answers="other.good.example"), connected_as("other.good.example"))
    dns.clear()
    lab.check(client.send(), connected_as("mail.good.example"), accepted())


def test_zones_and_faults_of_another_test(
    lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost, next_scene: Begin
) -> None:
    """A domain that another test wrote does not exist any more, and nothing goes wrong with it."""
    dns.zone('@ TXT "v=spf1 -all"', origin="written.example")
    dns.fault("*.in-addr.arpa", "SERVFAIL")
    lab.check(remote(CLIENT).send(sender="ann@written.example"), asked(CLIENT, "PTR", "SERVFAIL"), refused("RCPT", 450))
    after = next_scene()
    seen = after.run(mail_host, from_client(sender="ann@written.example"))
    after.check(
        seen, asked(CLIENT, "PTR", "NOERROR"), asked("written.example", "TXT", "NXDOMAIN"), accepted(), delivered()
    )
    assert [query.outside for query in seen.queries if query.name == "written.example"] == [True]


def test_hosts_of_another_test(lab: Scene, remote: MakeRemote, mail_host: MailHost, next_scene: Begin) -> None:
    """A host without a PTR is unknown only where it was declared so."""
    lab.check(remote(CLIENT, ptr=Ptr.missing()).send(), connected_as("unknown"), refused("RCPT", 450))
    after = next_scene()
    after.check(after.run(mail_host, from_client()), connected_as("host-203-0-113-10.example"), accepted())


@pytest.mark.mail_host(main=RELAY, canary=False)
def test_peers_of_another_test(
    lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost, next_scene: Begin
) -> None:
    """An MTA that another test set up does not answer any more; one that this test sets up does, at the same address."""
    dns.zone(FAR, origin="far.example")
    remote(PEER, name="mx.far.example", mta=ACCEPT)
    client = remote(CLIENT)
    lab.check(client.send(to="bob@far.example"), accepted(), peer_received(PEER, to="bob@far.example"))
    gone = next_scene()
    Dns(gone).zone(FAR, origin="far.example")
    seen = gone.run(mail_host, from_client(to="bob@far.example"))
    gone.check(seen, accepted(), without=["accepted-arrives"])
    assert "Connection refused" in next(line.text for line in seen.log if "status=deferred" in line.text)
    back = next_scene()
    Dns(back).zone(FAR, origin="far.example")
    back.world = type(back.world)(back.world.zones, (Host(PEER, name="mx.far.example", mta=ACCEPT),))
    seen = back.run(mail_host, from_client(to="bob@far.example"))
    back.check(seen, accepted(), peer_received(PEER, to="bob@far.example"))


@pytest.mark.mail_host(main=RELAY, canary=False)
def test_the_queue_of_another_test(
    lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost, next_scene: Begin
) -> None:
    """Deferred mail does not wait for another test to be delivered in."""
    dns.zone(FAR, origin="far.example")
    remote(PEER, name="mx.far.example", mta=TEMPFAIL)
    seen = remote(CLIENT).send(to="bob@far.example")
    lab.check(seen, accepted(), without=["accepted-arrives"])
    assert seen.queue_ids[0] in mail_host.shell("postqueue -p")
    next_scene()
    assert mail_host.shell("postqueue -p").strip() == "Mail queue is empty"


def test_the_log_of_another_test(lab: Scene, remote: MakeRemote, mail_host: MailHost, next_scene: Begin) -> None:
    """A warning, a question and a message of another test are no evidence of this one."""
    liar = remote(CLIENT, ptr=Ptr.mismatch("gmail.com"))
    lab.check(liar.send(), accepted(), delivered(), without=["quiet-log"])
    after = next_scene()
    seen = after.run(mail_host, from_client(sender="x@else.example"))
    after.check(seen, accepted(), delivered(times=1), not_asked("gmail.com"))
    assert [line.text for line in seen.lines if "gmail.com" in line.text] == []


@pytest.mark.mail_host(main=VERIFY, canary=False)
def test_what_postfix_has_verified(
    lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost, next_scene: Begin
) -> None:
    """A sender that was good in another test is asked about anew: verify(8)'s cache is empty."""
    dns.zone(FAR, origin="far.example")
    remote(PEER, name="mx.far.example", mta=ACCEPT)
    lab.check(remote(CLIENT).send(sender="ann@far.example"), accepted())
    after = next_scene()
    Dns(after).zone(FAR, origin="far.example")
    after.world = type(after.world)(after.world.zones, (Host(PEER, name="mx.far.example", mta=REFUSE),))
    after.check(after.run(mail_host, from_client(sender="ann@far.example")), refused("RCPT", 450, "4.1.7"))


@pytest.mark.mail_host(main=RATE, canary=False)
def test_whom_postfix_has_counted(lab: Scene, remote: MakeRemote, mail_host: MailHost, next_scene: Begin) -> None:
    """A client that was too quick in another test is not in this one: anvil(8) counts anew."""
    client = remote(CLIENT)
    lab.check(client.send(), accepted())
    lab.check(client.send(), refused("MAIL", 450, "4.7.1", "too much mail"), without=["quiet-log"])
    after = next_scene()
    after.check(after.run(mail_host, from_client()), accepted())


@pytest.mark.mail_host(disk="tight", main={"message_size_limit": "0"})
def test_what_is_still_on_its_way(lab: Scene, remote: MakeRemote, mail_host: MailHost) -> None:
    """A message that another test left in the queue makes room when it goes: the disk is filled up after that."""
    queue = "/var/spool/postfix/incoming"
    coming = f"rm {queue}/1; for n in $(seq 50000); do echo $n; done >&3"  # Deleted, and still being written.
    mail_host.shell(f"head -c 8192 /dev/zero >{queue}/1; setsid sh -c '{coming}' 3>>{queue}/1 >/dev/null 2>&1 &")
    mail_host.reset()
    assert "(deleted)" not in mail_host.shell("ls -l /proc/[0-9]*/fd 2>/dev/null | grep incoming || true")
    lab.check(remote(CLIENT).send(), accepted(), delivered())


@pytest.mark.mail_host(disk="full")
def test_a_queue_that_never_comes_to_rest(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """It is no full disk, and said so, with what is in the way."""
    mail_host.shell("touch /var/spool/postfix/active/0000")
    with pytest.raises(LabError, match=r"`.{,80}` ended .*: the queue does not come to rest: .*/active/0000"):
        mail_host.reset()
    mail_host.shell("rm /var/spool/postfix/active/0000")
    mail_host.reset()
    full = refused("MAIL", 452, "4.3.1", "Insufficient system storage")
    notice = may_log("No space left"), may_log("mail_stream_cleanup: close error")  # of the postmaster's
    lab.check(remote(CLIENT).send(), full, warned("not enough free space in mail queue: 0 bytes"), *notice)

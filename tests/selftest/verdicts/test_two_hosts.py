"""Two mail hosts of one release on one Internet: the old and the new configuration meet the same client."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab import (
    Answer,
    Behaviour,
    Dns,
    InputError,
    MailHost,
    MakeRemote,
    Ptr,
    Scene,
    accepted,
    asked,
    connected_as,
    delivered,
    refused,
)

pytestmark = pytest.mark.mail_host(debian=12)
OPEN = {"smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"}


@pytest.fixture
def other(lab: Scene, mail_host: MailHost) -> MailHost:
    """A second mail host whose configuration does not ask for a PTR record."""
    assert mail_host.setup is not None
    return lab.start(12, replace(mail_host.setup, main=OPEN), number=1)


def test_they_are_two(mail_host: MailHost, other: MailHost) -> None:
    """Each has its own container, its own addresses and its own name on the cable."""
    assert mail_host.container.id != other.container.id
    assert not set(mail_host.addresses) & set(other.addresses)
    assert mail_host.setup != other.setup


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8:113::9"])
def test_the_same_session_ends_differently(
    lab: Scene, remote: MakeRemote, mail_host: MailHost, other: MailHost, address: str
) -> None:
    """The configuration makes the difference, and each evidence is that of its own mail host."""
    session = remote(address, ptr=Ptr.missing()).session()
    old, new = lab.run(mail_host, session), lab.run(other, session)
    lab.check(old, asked(address, "PTR", "NXDOMAIN"), connected_as("unknown"), refused("RCPT", 450, "4.7.1"))
    lab.check(new, asked(address, "PTR", "NXDOMAIN"), connected_as("unknown"), accepted(), delivered())
    assert {line.peer for line in old.lines} < set(mail_host.addresses)
    assert {line.peer for line in new.lines} < set(other.addresses)


def test_the_same_session_at_the_same_time(
    lab: Scene, remote: MakeRemote, mail_host: MailHost, other: MailHost
) -> None:
    """Both hosts at once; each evidence has the log, the questions and the mail of its own host alone."""
    session = remote("203.0.113.9", ptr=Ptr.missing()).session()
    old, new = lab.run_each((mail_host, other), session)
    lab.check(old, asked("203.0.113.9", "PTR", "NXDOMAIN"), refused("RCPT", 450, "4.7.1"))
    lab.check(new, asked("203.0.113.9", "PTR", "NXDOMAIN"), accepted(), delivered())
    first, second = old.sessions[0], new.sessions[0]
    assert max(first.started, second.started) < min(first.finished, second.finished)
    for seen, host in ((old, mail_host), (new, other)):
        assert {line.peer for line in seen.lines} == {host.addresses[0]}
        assert {query.client for query in seen.queries} <= set(host.addresses)
    assert (len(old.messages), len(new.messages)) == (0, 1)


def test_each_has_its_own_view_of_the_dns(lab: Scene, remote: MakeRemote, mail_host: MailHost, other: MailHost) -> None:
    """Both are called mx.lab.test, and each one's name leads to its own address, at the same time."""
    hosts, session = (mail_host, other), remote("203.0.113.10", name="mail.good.example").session(until="HELO")
    for seen in lab.run_each(hosts, session):
        lab.check(seen, accepted("HELO"))
    for host in hosts:
        assert host.addresses[0] in host.shell("getent ahostsv4 mx.lab.test")


def test_a_counted_fault_counts_for_each(
    lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost, other: MailHost
) -> None:
    """The first question of each mail host fails, as if each had run alone."""
    client = remote("203.0.113.10", name="mail.good.example")
    dns.fault("10.113.0.203.in-addr.arpa", "SERVFAIL", "PTR", nth=1)
    for seen in lab.run_each((mail_host, other), *(client.session(until="HELO") for _ in range(2)), in_turn=True):
        lab.check(seen, asked("203.0.113.10", "PTR", "SERVFAIL"))
        assert [query.outcome for query in seen.queries if query.type == "PTR"][:1] == ["SERVFAIL"]


def test_a_counted_answer_counts_for_each(
    lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost, other: MailHost
) -> None:
    """A remote MTA defers the first callout of each mail host, and accepts the second."""
    verifying = {"smtpd_sender_restrictions": "reject_unverified_sender", "address_verify_poll_count": "3"}
    assert mail_host.setup is not None
    hosts = [lab.start(12, replace(mail_host.setup, main=verifying, canary=None), number=number) for number in (0, 1)]
    dns.zone("@ MX 10 mx", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=Behaviour(answers=Answer("RCPT", "450 4.3.2 Later", nth=1)))
    client = remote("203.0.113.10", name="mail.good.example")
    for seen in lab.run_each(hosts, client.session(sender="ann@far.example")):
        lab.check(seen, refused("RCPT", 450, "4.1.7", "unverified address"))


def test_an_mta_that_forwards_to_one_of_them(
    lab: Scene, remote: MakeRemote, mail_host: MailHost, other: MailHost
) -> None:
    """It can forward to one only, so that both cannot be asked the same thing."""
    remote("203.0.113.60", name="mx.far.example", mta=Behaviour(forward_to=mail_host.addresses[0]))
    with pytest.raises(InputError, match=r"mx\.far\.example forwards to one of them; run it against each by itself"):
        lab.run_each((mail_host, other), remote("203.0.113.9").session())


FORGE = """
import socket, struct
asked = bytes((7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6)) + b"forged" + bytes((0, 0, 1, 0, 1))
udp = struct.pack("!HHHH", 5353, 53, 8 + len(asked), 0) + asked
ends = socket.inet_aton("{source}") + socket.inet_aton("192.0.2.53")
with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
    sock.sendto(struct.pack("!BBHHHBBH", 69, 0, 20 + len(udp), 1, 0, 64, 17, 0) + ends + udp, ("192.0.2.53", 0))
"""
FORGE6 = """
import socket
asked = bytes((7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6)) + b"forged" + bytes((0, 0, 1, 0, 1))
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sock:
    sock.setsockopt(socket.IPPROTO_IPV6, 78, 1)  # IPV6_FREEBIND
    sock.bind(("{source}", 0))
    sock.sendto(asked, ("2001:db8:2::53", 53))
"""


def test_one_does_not_ask_in_the_name_of_the_other(lab: Scene, mail_host: MailHost, other: MailHost) -> None:
    """Who forges the sender of a packet, as root may, is not heard: each cable has its own mail host's addresses."""
    lab.internet.clear()
    for source in (other.addresses[0], "203.0.113.66", mail_host.addresses[0]):
        mail_host.shell(f"python3 - <<'EOF'\n{FORGE.format(source=source)}EOF")
    for source in (other.addresses[1], "2001:db8:113::66", mail_host.addresses[1]):
        mail_host.shell(f"python3 - <<'EOF'\n{FORGE6.format(source=source)}EOF")
    mail_host.shell("getent hosts last.example || true")
    forged = [query.client for query in lab.internet.sighting().queries if query.name == "forged"]
    assert forged == list(mail_host.addresses)


def test_mail_from_one_to_the_other(lab: Scene, dns: Dns, remote: MakeRemote, other: MailHost) -> None:
    """A mail host reaches another one over the Internet as it reaches anybody else."""
    seen = remote("203.0.113.9").send()
    lab.check(seen, accepted(), delivered())
    assert other.shell(f"timeout 5 bash -c 'head -c 4 < /dev/tcp/{seen.mail_host.addresses[0]}/25'") == "220 "

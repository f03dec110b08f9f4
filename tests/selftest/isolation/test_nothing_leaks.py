"""No packet leaves the lab: what was really seen at the cables, and on this machine's own interfaces.

The engine has to run on this machine, and the tests as root. A name that is in no other packet marks all
that the lab says; other labs and other programs may be at work meanwhile.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address, ip_network

import pytest

from postfix_lab import ACCEPT, REFUSE, Auth, Behaviour, Dns, MailHost, MakeRemote, Ptr, Scene, accepted, bounced
from postfix_lab import addresses as own
from postfix_lab.dns.fault import FaultKind
from postfix_lab.engine.client import Engine
from postfix_lab.engine.container import execute
from tests.selftest.capture import Frame, capturing, hardware

OURS = tuple(map(ip_network, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")))
"""The documentation ranges (RFC 5737, RFC 3849), in which every address of this lab's world is."""
ICMP = "1"
CLIENTS = {
    "203.0.113.10", "2001:db8:113::10", "203.0.113.9", "198.51.100.77", "203.0.113.60", "203.0.113.61", "203.0.113.70",
}  # fmt: skip
"""Who speaks or is spoken to in the traffic below."""
LINK_LOCAL = ip_network("fe80::/10"), ip_network("ff02::/16")
"""Neighbour discovery and multicast listener reports (RFC 4861, RFC 3810), which end at the cable."""
LATE = {FaultKind.DELAY: 0.1, FaultKind.TRUNCATE_HANG: 0.5}
ALONE = {FaultKind.TRUNCATE_REFUSED}
"""Says for the whole world that nobody listens on TCP, so it has no place beside the others."""


@dataclass(frozen=True)
class Watched:
    """What was captured while everything that a lab does was done."""

    machine: list[Frame]
    internet: list[Frame]
    mail_host: list[Frame]
    marker: str
    macs: set[bytes]


@pytest.fixture
def marker() -> str:
    """A label of this test's names that is nowhere else."""
    return f"leak-{secrets.token_hex(8)}"


@pytest.fixture
def processes(engine: Engine, lab: Scene, mail_host: MailHost) -> tuple[int, int]:
    """The main processes of the Internet and of the mail host."""
    inside = (lab.internet.container, mail_host.container)
    told = [engine.client.api.inspect_container(container.id)["State"]["Pid"] for container in inside]
    return told[0], told[1]


@pytest.fixture
def watched(
    lab: Scene, dns: Dns, mail_host: MailHost, remote: MakeRemote, processes: tuple[int, int], marker: str
) -> Watched:
    """Mail that is accepted, refused, relayed, forwarded and bounced, and every kind of DNS answer, captured."""
    with capturing(None, *processes) as (machine, internet, at_the_mail_host):
        _sessions(lab, dns, mail_host, remote, marker)
        _questions(lab, dns, mail_host, marker)
    return Watched(machine, internet, at_the_mail_host, marker, hardware(processes[0]) | hardware(processes[1]))


def _sessions(lab: Scene, dns: Dns, mail_host: MailHost, remote: MakeRemote, marker: str) -> None:
    good = f"{marker}.example"
    dns.zone('@ MX 10 mx\n@ TXT "v=spf1 ip4:203.0.113.10 ip6:2001:db8:113::10 -all"', origin=good)
    dns.zone("@ MX 10 mx", origin="closed.example")
    remote("203.0.113.60", name=f"mx.{good}", mta=ACCEPT)
    remote("203.0.113.61", name="mx.closed.example", mta=REFUSE)
    forwarder = remote("203.0.113.70", name="mx.forwarder.example", mta=Behaviour(forward_to=mail_host.addresses[0]))
    client = partial(remote("203.0.113.10", "2001:db8:113::10", name=f"mail.{good}").session, sender=f"ann@{good}")
    stranger = remote("203.0.113.9", ptr=Ptr.missing()).session(sender=f"ann@{good}")
    laptop = partial(remote("198.51.100.77", helo="laptop").session, 587, tls=True, sender="ann@lab.test")
    sent = [laptop(auth=Auth("ann@lab.test", "correct horse"), to=to) for to in (f"carol@{good}", "dave@closed.example")]
    seen = lab.run(
        mail_host, client(), client(source="2001:db8:113::10"), stranger, client(via=forwarder, to="bob@lab.test"), *sent
    )
    lab.check(seen, accepted(session=0), bounced(to="dave@closed.example"), without=["quiet-log"])
    assert {message.protocol for message in seen.messages} == {"LMTP", "ESMTP"}


def _questions(lab: Scene, dns: Dns, mail_host: MailHost, marker: str) -> None:
    """Every kind of answer to a question of its own, asked at once by the mail host's own resolver."""
    names = {kind: f"{kind.lower().replace('_', '-')}.{marker}.example" for kind in FaultKind if kind not in ALONE}
    for kind, name in names.items():
        dns.fault(name, kind, "A", records=("A 192.0.2.1",) if kind is FaultKind.ANSWER else (), seconds=LATE.get(kind, 0))
    lab.executor.lab.observer.show(lab.world, (own.RESOLVER,))
    lab.internet.clear()
    mail_host.shell(f"for name in {' '.join(names.values())}; do getent ahostsv4 $name >/dev/null & done; wait")
    assert {query.fault for query in lab.internet.sighting().queries} >= set(names)


def _is_ours(address: str) -> bool:
    return bool(address) and any(ip_address(address) in network for network in OURS)


def _leaked(frames: list[Frame], marker: str, macs: set[bytes]) -> list[Frame]:
    """Frames that can only be the lab's: by its name, by an address that nobody else may use, or by its interfaces."""
    return [
        frame
        for frame in frames
        if marker.encode() in frame.octets.lower()
        or any(map(_is_ours, frame.addresses))
        or {frame.octets[:6], frame.octets[6:12]} & macs
    ]


def _astray(frames: list[Frame], known: set[str]) -> list[Frame]:
    """Frames to or from anybody but these and what ends at a cable by its nature."""
    return [frame for frame in frames if not all(address in known or _stays(address) for address in frame.addresses)]


def _stays(address: str) -> bool:
    return address == "::" or (bool(address) and any(ip_address(address) in network for network in LINK_LOCAL))


def _known(lab: Scene) -> set[str]:
    lab_own = {own.GATEWAY4, own.GATEWAY6, own.LOGHOST, own.SINK, own.RESOLVER, own.RESOLVER6}
    hosts = {address for future in lab.executor.lab._raw.values() for address in future.result().addresses}
    return lab_own | hosts | CLIENTS | {"127.0.0.1", "::1"}


def test_nothing_leaves(lab: Scene, watched: Watched) -> None:
    """No frame of the lab on any interface of this machine; at the cable all that was said, and nobody but the lab's own."""
    assert _leaked(watched.machine, watched.marker, watched.macs) == []
    assert _astray(watched.internet, _known(lab)) == []
    assert _astray(watched.mail_host, _known(lab)) == []
    cable = [frame for frame in watched.mail_host if frame.interface == "eth0"]
    spoken = {(frame.transport, port) for frame in cable for port in frame.ports}
    assert spoken >= {("tcp", 25), ("tcp", 587), ("tcp", 24), ("tcp", 514), ("tcp", 53), ("udp", 53)}
    assert ICMP in {frame.transport for frame in cable}
    assert {frame.source for frame in cable} >= {"203.0.113.10", "2001:db8:113::10", "203.0.113.60", own.RESOLVER}
    assert _leaked(cable, watched.marker, set())
    assert "lo" in {frame.interface for frame in watched.internet}


def test_a_frame_on_the_loopback_is_seen(marker: str) -> None:
    """The counter-proof: a question about the lab's name that is sent on purpose would not be missed."""
    with capturing(None) as (frames,), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(f"{marker.upper()}.example".encode(), ("127.0.0.1", 9))
    assert {frame.interface for frame in _leaked(frames, marker, set())} == {"lo"}


@pytest.fixture
def leak(lab: Scene, engine: Engine, processes: tuple[int, int]) -> Iterator[str]:
    """A cable from this machine to the Internet, as no lab lays one; the name of its end in the Internet."""
    here, there = f"seen{os.getpid()}", f"leak{os.getpid()}"
    lay = f"ip link add {here} type veth peer name {there} netns {processes[0]} && ip link set {here} up"
    caps = {"cap_drop": ["ALL"], "cap_add": ["NET_ADMIN", "SYS_PTRACE"]}
    done = lab.executor.lab._containers.run_once("internet", ["/bin/sh", "-c", lay], network_mode="host", pid_mode="host", **caps)
    assert done == (0, "")
    internet = lab.internet.container.id
    try:
        assert execute(engine, internet, ["ip", "link", "set", there, "up"]) == (0, "")
        yield there
    finally:
        assert execute(engine, internet, ["ip", "link", "delete", there]) == (0, "")


def test_a_frame_that_leaves_is_seen(engine: Engine, lab: Scene, leak: str, marker: str) -> None:
    """With a leak, what is said in the Internet is on an interface of this machine at once."""
    say = f"import socket; s = socket.socket(17, 3); s.bind(('{leak}', 0)); s.send(bytes(12) + b'\\x08\\x00{marker}')"
    with capturing(None) as (frames,):
        assert execute(engine, lab.internet.container.id, ["/usr/bin/python3", "-c", say]) == (0, "")
    assert {frame.interface for frame in _leaked(frames, marker, set())} == {leak.replace("leak", "seen")}


def test_a_packet_to_somebody_else_is_astray(lab: Scene, mail_host: MailHost, processes: tuple[int, int]) -> None:
    """What the mail host says to anybody in the world outside comes no further than the cable, and is told."""
    with capturing(None, *processes) as (machine, internet, at_the_mail_host):
        mail_host.shell("bash -c 'echo hello >/dev/udp/9.9.9.9/9'")
    for frames in (internet, at_the_mail_host):
        assert {frame.target for frame in _astray(frames, _known(lab)) if frame.transport == "udp"} == {"9.9.9.9"}
    assert not any("9.9.9.9" in frame.addresses for frame in machine)


def test_the_cable_ends_in_the_internet(engine: Engine, lab: Scene, mail_host: MailHost) -> None:
    """The other end of the mail host's one interface is one of the Internet's, which has no interface but such ends."""
    script = "for device in /sys/class/net/cable*; do echo $(cat $device/iflink) $(cat $device/ifindex); done"
    status, said = execute(engine, lab.internet.container.id, ["/bin/sh", "-c", script])
    mine = mail_host.shell("echo $(cat /sys/class/net/eth0/ifindex) $(cat /sys/class/net/eth0/iflink)")
    assert status == 0
    assert mine.strip() in said.splitlines()
    assert len(said.splitlines()) == len(lab.executor.lab._raw)

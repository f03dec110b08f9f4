"""Every kind of fault over real sockets: what the asker hears, and what the record says of it."""

from __future__ import annotations

import socket
from itertools import pairwise
from typing import Any

import pytest
from dnslib import DNSError, DNSRecord

from postfix_lab.dns.fault import Fault, FaultKind

ZONE = '@ MX 10 mx\nmx A 192.0.2.25\nmany A 192.0.2.1\n     A 192.0.2.2\n     A 192.0.2.3\nspf TXT "v=spf1 -all"\n'
MX = "mx.lab.test"


def lie(dns: Any, kind: str, name: str = MX, **more: Any) -> None:
    dns.serve(ZONE, faults=[Fault(name, FaultKind(kind), **more)])


def raw(dns: Any, packet: bytes, tell: Any, hear: Any, *, tcp: bool = False) -> bytes:
    with dns.connect(tcp=tcp) as sock:
        tell(sock, packet)
        return bytes(hear(sock))


@pytest.mark.parametrize("kind,rcode", [("NOTIMP", 4), ("FORMERR", 1)])
def test_other_rcodes(dns: Any, kind: str, rcode: int) -> None:
    """They are replies without a record, named in the outcome."""
    lie(dns, kind)
    assert dns.ask(MX).header.rcode == rcode
    assert (dns.queries[0].outcome, dns.queries[0].fault, dns.queries[0].fault_number) == (kind, kind, 0)


def test_empty_answer_has_nothing_in_it(dns: Any) -> None:
    """NOERROR without a record and without the SOA of NODATA."""
    lie(dns, "EMPTY")
    reply = dns.ask(MX)
    assert (reply.header.rcode, reply.rr, reply.auth) == (0, [], [])
    assert (dns.queries[0].outcome, dns.queries[0].answers) == ("NOERROR", ())


@pytest.mark.parametrize("kind", ["TRUNCATE", "TRUNCATE_REFUSED", "TRUNCATE_HANG"])
def test_truncation_is_for_udp(dns: Any, kind: str) -> None:
    """UDP gets TC and no record, however small the answer is."""
    lie(dns, kind)
    reply = dns.ask(MX, edns=4096)
    assert (reply.header.tc, reply.rr) == (1, [])
    assert (dns.queries[0].truncated, dns.queries[0].answers) == (True, ())


def test_truncated_answer_comes_whole_over_tcp(dns: Any) -> None:
    """The TCP question is no hit: it gets the truth."""
    lie(dns, "TRUNCATE")
    assert str(dns.ask(MX, tcp=True).rr[0].rdata) == "192.0.2.25"
    assert dns.queries[0].fault is None


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_truncated_and_nobody_listens_on_tcp(dns: Any, address: str) -> None:
    """The kernel refuses the connection; in the next world somebody listens again."""
    lie(dns, "TRUNCATE_REFUSED")
    with pytest.raises(ConnectionRefusedError):
        dns.connect(address, tcp=True)
    lie(dns, "TRUNCATE")
    assert dns.ask(MX, address=address, tcp=True).header.rcode == 0


def test_truncated_and_tcp_hangs(dns: Any, question: Any, tell: Any, hear: Any) -> None:
    """The question is taken and recorded as TIMEOUT; another one on that connection is answered."""
    lie(dns, "TRUNCATE_HANG")
    later = question("lab.test", "MX")
    with dns.connect(tcp=True) as sock:
        tell(sock, question(MX).pack())
        tell(sock, later.pack())
        assert DNSRecord.parse(hear(sock)).header.id == later.header.id
    assert [(q.outcome, q.transport) for q in dns.queries] == [("TIMEOUT", "tcp"), ("NOERROR", "tcp")]


def test_tcp_that_hangs_is_closed_in_the_end(dns: Any, question: Any, tell: Any) -> None:
    """After its seconds the connection ends in good order, with nothing said."""
    lie(dns, "TRUNCATE_HANG", seconds=0.05)
    with dns.connect(tcp=True) as sock:
        tell(sock, question(MX).pack())
        assert sock.recv(1) == b""


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
def test_unreachable_is_told_by_icmp(dns: Any, question: Any, tell: Any, address: str) -> None:
    """A connected UDP socket learns of it at once, as from a host where nobody listens."""
    lie(dns, "UNREACHABLE", "*")
    with dns.connect(address) as sock:
        tell(sock, question(MX).pack())
        with pytest.raises(ConnectionRefusedError):
            sock.recv(1)
    assert (dns.queries[0].outcome, dns.queries[0].octets) == ("UNREACHABLE", 0)


def test_unreachable_over_tcp_is_a_reset(dns: Any, question: Any, tell: Any) -> None:
    """The connection ends with RST, not with an orderly end."""
    lie(dns, "UNREACHABLE")
    with dns.connect(tcp=True) as sock:
        tell(sock, question(MX).pack())
        with pytest.raises(ConnectionResetError):
            sock.recv(1)


def test_lame_resolver_beside_a_good_one(dns: Any) -> None:
    """REFUSED at one address, the truth at another."""
    lie(dns, "REFUSED", "*", resolver="127.0.0.2")
    assert [dns.ask(MX, address=a).header.rcode for a in ("127.0.0.2", "127.0.0.1", "::1")] == [5, 0, 0]


@pytest.mark.parametrize("octets,edns,tc", [(512, 0, 1), (512, 4096, 0), (4096, 4096, 1)])
def test_huge_answer_needs_edns_or_tcp(dns: Any, octets: int, edns: int, tc: int) -> None:
    """Over 512 octets EDNS is enough, over 4096 only TCP; the truth is in it."""
    lie(dns, "HUGE", "spf.lab.test", octets=octets)
    assert dns.ask("spf.lab.test", "TXT", edns=edns).header.tc == tc
    whole = dns.ask("spf.lab.test", "TXT", tcp=True)
    assert str(whole.rr[0].rdata) == '"v=spf1 -all"'
    assert dns.queries[-1].octets > octets


def test_cname_loop(dns: Any) -> None:
    """Two aliases, each the other's target, and no address."""
    lie(dns, "CNAME_LOOP")
    found = [(str(rr.rname), str(rr.rdata)) for rr in dns.ask(MX).rr]
    assert found == [("mx.lab.test.", "alias-1.mx.lab.test."), ("alias-1.mx.lab.test.", "mx.lab.test.")]


def test_cname_chain_ends_with_the_truth(dns: Any) -> None:
    """Twenty aliases, each the next one's owner, and then the address."""
    lie(dns, "CNAME_CHAIN")
    records = dns.ask(MX).rr
    assert [rr.rtype for rr in records] == [5] * 20 + [1]
    assert all(str(one.rdata) == str(other.rname) for one, other in pairwise(records))
    assert str(records[-1].rdata) == "192.0.2.25"


def test_chain_below_the_longest_name(dns: Any) -> None:
    """Where no alias fits below the name, they are somewhere else."""
    name = ".".join(["x" * 60] * 4) + ".test"
    lie(dns, "CNAME_CHAIN", name)
    assert str(dns.ask(name, tcp=True).rr[0].rdata) == "alias-1.invalid."


def test_answers_in_a_row(dns: Any) -> None:
    """ANSWER with the n-th question makes a sequence, after which the truth comes."""
    faults = [Fault(MX, FaultKind.ANSWER, "A", nth=n, records=(f"30 A 192.0.2.{n}",)) for n in (1, 2)]
    dns.serve(ZONE, faults=faults)
    assert [str(dns.ask(MX).rr[0].rdata) for _ in range(3)] == ["192.0.2.1", "192.0.2.2", "192.0.2.25"]
    assert [(q.fault_number, q.answers) for q in dns.queries][1] == (1, ("A 192.0.2.2",))


def test_round_robin(dns: Any) -> None:
    """Another record is in front each time; all of them are always there."""
    lie(dns, "ROTATE", "many.lab.test")
    heard = [[str(rr.rdata)[-1] for rr in dns.ask("many.lab.test").rr] for _ in range(4)]
    assert heard == [["1", "2", "3"], ["2", "3", "1"], ["3", "1", "2"], ["1", "2", "3"]]


def test_ttl_zero(dns: Any) -> None:
    """Positive and negative answers alike are good for this moment only."""
    lie(dns, "TTL_ZERO", "*")
    assert [dns.ask(MX).rr[0].ttl, dns.ask(MX, "TXT").auth[0].ttl] == [0, 0]


def test_mixed_case(dns: Any) -> None:
    """Owner and target are the same names in other letters, and so is what is recorded."""
    lie(dns, "MIXED_CASE", "lab.test")
    record = dns.ask("lab.test", "MX").rr[0]
    assert (str(record.rname), str(record.rdata)) == ("lAb.tEsT.", "10 mX.lAb.tEsT.")
    assert dns.queries[0].answers == ("MX 10 mX.lAb.tEsT.",)


@pytest.mark.parametrize("flags,ad", [({"ad": 1}, 1), ({}, 0)])
def test_ad_is_for_those_who_ask(dns: Any, question: Any, tell: Any, hear: Any, flags: dict[str, int], ad: int) -> None:
    """RFC 6840 section 5.8: a resolver that validates says so to whom said AD or DO."""
    lie(dns, "AUTHENTIC", "*")
    asked = question(MX)
    for flag, value in flags.items():
        setattr(asked.header, flag, value)
    assert DNSRecord.parse(raw(dns, asked.pack(), tell, hear)).header.ad == ad


def test_wrong_id(dns: Any, question: Any, tell: Any, hear: Any) -> None:
    """All of it is right but the id."""
    lie(dns, "WRONG_ID")
    asked = question(MX)
    reply = DNSRecord.parse(raw(dns, asked.pack(), tell, hear))
    assert (reply.header.id != asked.header.id, str(reply.q.qname), len(reply.rr)) == (True, "mx.lab.test.", 1)
    assert dns.queries[0].outcome == "UNRELATED"


@pytest.mark.parametrize("name", [MX, "."])
def test_wrong_question(dns: Any, question: Any, tell: Any, hear: Any, name: str) -> None:
    """The id is right; question and answer are another's."""
    lie(dns, "WRONG_QUESTION", "*")
    asked = question(name)
    reply = DNSRecord.parse(raw(dns, asked.pack(), tell, hear))
    assert reply.header.id == asked.header.id
    assert (str(reply.q.qname), reply.q.qtype) != (str(asked.q.qname), asked.q.qtype)


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize(
    "kind", ["CUT_HEADER", "CUT_NAME", "CUT_RECORD", "COMPRESSION_LOOP", "WRONG_COUNTS", "GARBAGE"]
)
def test_malformed_packets(dns: Any, question: Any, tell: Any, hear: Any, kind: str, tcp: bool) -> None:
    """They bear the right id, cannot be read, and are recorded octet for octet."""
    lie(dns, kind)
    packet = question(MX).pack()
    heard = raw(dns, packet, tell, hear, tcp=tcp)
    assert heard[:2] == packet[:2]
    with pytest.raises(DNSError):
        DNSRecord.parse(heard)
    (query,) = dns.queries
    assert (query.outcome, query.packet, query.octets) == ("MALFORMED", heard.hex(), len(heard))


def test_trailing_garbage(dns: Any, question: Any, tell: Any, hear: Any) -> None:
    """The true answer is in front of it."""
    lie(dns, "TRAILING_GARBAGE")
    heard = raw(dns, question(MX).pack(), tell, hear)
    assert str(DNSRecord.parse(heard).rr[0].rdata) == "192.0.2.25"
    assert (dns.queries[0].outcome, dns.queries[0].packet) == ("NOERROR", heard.hex())


@pytest.mark.parametrize("kind", [kind for kind in FaultKind if kind is not FaultKind.ANSWER])
@pytest.mark.parametrize("name,rtype", [(".", "NS"), ("none.lab.test", "PTR"), ("lab.test", "SOA")])
def test_every_kind_is_recorded_once_whatever_is_asked(
    dns: Any, question: Any, tell: Any, kind: FaultKind, name: str, rtype: str
) -> None:
    """No kind fails at the root, a name that is not there, or a record of many fields."""
    lie(dns, kind, "*")
    with dns.connect() as sock:
        tell(sock, question(name, rtype).pack())
        dns.heard(1)
    assert [(q.fault, q.fault_number) for q in dns.queries] == [(kind, 0)]


def test_answers_beyond_the_reach_of_pointers(dns: Any) -> None:
    """In 40 kB of different names no pointer goes astray."""
    names = [f"mail{number:04d}.some-rather-long-label.example." for number in range(900)]
    dns.serve("\n".join(f"@ MX {number} {name}" for number, name in enumerate(names)))
    assert [str(rr.rdata.label) for rr in dns.ask("lab.test", "MX", tcp=True).rr] == names


def test_reset_needs_a_socket_of_its_own(dns: Any) -> None:
    """An asker that hangs up before the answer harms nobody."""
    lie(dns, "DELAY", seconds=0.05)
    with dns.connect(tcp=True) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    assert dns.ask(MX).header.rcode == 0

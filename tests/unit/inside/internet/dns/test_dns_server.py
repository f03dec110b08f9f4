"""The DNS server over real UDP and TCP sockets on loopback."""

from __future__ import annotations

import time
from typing import Any

import pytest
from dnslib import DNSRecord

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.zone import ZoneText
from postfix_lab.errors import InputError, LabError
from postfix_lab.inside.internet.dns.dns_server import DnsServer
from postfix_lab.inside.internet.protocol import DnsView

ZONE = "@ MX 10 mx\nmx A 192.0.2.25\n  AAAA 2001:db8:2::25\nalias CNAME mx\n"
BIG = "\n".join(f'big TXT "{n:03d}{"x" * 200}"' for n in range(20))


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2", "::1"])
def test_reply_comes_from_the_address_that_was_asked(dns: Any, address: str, tcp: bool) -> None:
    """A connected socket hears the reply, so its source is right; the record names both ends."""
    dns.serve(ZONE)
    reply = dns.ask("mx.lab.test", "A", address, tcp=tcp)
    (query,) = dns.queries
    assert [str(rr.rdata) for rr in reply.rr] == ["192.0.2.25"]
    assert (query.server, query.client) == (address, address if address != "127.0.0.2" else "127.0.0.1")
    assert query.transport == ("tcp" if tcp else "udp")


def test_question_becomes_one_record(dns: Any) -> None:
    """The record has name, type, outcome, presented answers and the time of arrival."""
    dns.serve(ZONE)
    before = time.time()
    dns.ask("Lab.Test", "MX")
    (query,) = dns.queries
    assert before <= query.at <= time.time()
    assert (query.name, query.type, query.outcome) == ("lab.test", "MX", "NOERROR")
    assert query.answers == ("MX 10 mx.lab.test.",)
    assert (query.fault, query.outside, query.stray, query.truncated) == (None, False, False, False)


def test_header_and_question_are_echoed(dns: Any, question: Any, tell: Any, hear: Any) -> None:
    """Id, RD and the mixture of cases come back; AA, QR and RA are set; the answer's owner follows."""
    dns.serve(ZONE)
    dns.ask("mx.lab.test")  # the second asker is served from memory
    asked = question("mX.LAB.tEst")
    with dns.connect() as sock:
        tell(sock, asked.pack())
        reply = DNSRecord.parse(hear(sock))
    assert reply.header.id == asked.header.id
    assert (reply.header.qr, reply.header.aa, reply.header.ra, reply.header.rd) == (1, 1, 1, 1)
    assert str(reply.q.qname) == str(reply.rr[0].rname) == "mX.LAB.tEst."


@pytest.mark.parametrize(
    "name,rtype,outcome,rcode",
    [("mx.lab.test", "TXT", "NODATA", 0), ("none.lab.test", "A", "NXDOMAIN", 3), ("gone.example", "A", "NXDOMAIN", 3)],
)
def test_negative_answer_carries_a_soa(dns: Any, name: str, rtype: str, outcome: str, rcode: int) -> None:
    """NODATA and NXDOMAIN have no answer and one SOA; only a name in no zone is outside."""
    dns.serve(ZONE)
    reply = dns.ask(name, rtype)
    (query,) = dns.queries
    assert (reply.header.rcode, len(reply.rr), [rr.rtype for rr in reply.auth]) == (rcode, 0, [6])
    assert (query.outcome, query.outside) == (outcome, name == "gone.example")


def test_stray_question_is_refused(dns: Any) -> None:
    """An address that no resolv.conf names answers REFUSED, whatever the zones say."""
    dns.serve(ZONE, resolvers=["127.0.0.1"])
    reply = dns.ask("mx.lab.test", address="127.0.0.2")
    (query,) = dns.queries
    assert (reply.header.rcode, reply.rr) == (5, [])
    assert (query.stray, query.outcome, query.server) == (True, "REFUSED", "127.0.0.2")


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
@pytest.mark.parametrize(
    "kind,rcode,soas",
    [("SERVFAIL", 2, 0), ("REFUSED", 5, 0), ("NXDOMAIN", 3, 1), ("NODATA", 0, 1)],
)
def test_fault_replaces_the_truth(dns: Any, kind: str, rcode: int, soas: int, tcp: bool) -> None:
    """Each lie has its rcode, no answer, a SOA where it is a negative one, and is recorded as hit."""
    dns.serve(ZONE, faults=[Fault("mx.lab.test", FaultKind(kind), "A")])
    reply = dns.ask("mx.lab.test", "A", tcp=tcp)
    (query,) = dns.queries
    assert (reply.header.rcode, len(reply.rr), len(reply.auth)) == (rcode, 0, soas)
    assert (query.outcome, query.fault, query.stray) == (kind, FaultKind(kind), False)
    assert dns.ask("mx.lab.test", "AAAA", tcp=tcp).header.rcode == 0


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_timeout_is_recorded_and_never_answered(dns: Any, tcp: bool, question: Any, tell: Any, hear: Any) -> None:
    """The next question on the same socket is the first that is answered; TCP stays open."""
    dns.serve(ZONE, faults=[Fault("mx.lab.test", FaultKind.TIMEOUT)])
    later = question("lab.test", "MX")
    with dns.connect(tcp=tcp) as sock:
        tell(sock, question("mx.lab.test").pack())
        tell(sock, later.pack())
        assert DNSRecord.parse(hear(sock)).header.id == later.header.id
    assert [(q.outcome, q.fault) for q in dns.queries] == [("TIMEOUT", FaultKind.TIMEOUT), ("NOERROR", None)]


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_delay_gives_the_truth_late(dns: Any, tcp: bool, question: Any, tell: Any, hear: Any) -> None:
    """A later question overtakes the delayed one, whose record says when it had arrived."""
    dns.serve(ZONE, faults=[Fault("mx.lab.test", FaultKind.DELAY, seconds=0.1)])
    slow, fast = question("mx.lab.test"), question("lab.test", "MX")
    with dns.connect(tcp=tcp) as sock:
        tell(sock, slow.pack())
        tell(sock, fast.pack())
        heard = [DNSRecord.parse(hear(sock)) for _ in range(2)]
    assert [r.header.id for r in heard] == [fast.header.id, slow.header.id]
    assert str(heard[1].rr[0].rdata) == "192.0.2.25"
    first, last = dns.queries
    assert last.at <= first.at
    assert (last.outcome, last.fault) == ("NOERROR", FaultKind.DELAY)


def test_first_matching_fault_wins(dns: Any) -> None:
    """A narrow fault in front of a wide one decides its own question only."""
    dns.serve(ZONE, faults=[Fault("mx.lab.test", FaultKind.NODATA, "A"), Fault("*.lab.test", FaultKind.SERVFAIL)])
    dns.ask("mx.lab.test", "A")
    dns.ask("mx.lab.test", "AAAA")
    assert [q.outcome for q in dns.queries] == ["NODATA", "SERVFAIL"]


def test_answer_that_is_too_big_is_cut_and_comes_whole_over_tcp(dns: Any) -> None:
    """Over 512 octets: TC and an empty answer section by UDP, all twenty records by TCP."""
    dns.serve(BIG)
    cut, whole = dns.ask("big.lab.test", "TXT"), dns.ask("big.lab.test", "TXT", tcp=True)
    assert (cut.header.tc, len(cut.rr), whole.header.tc, len(whole.rr)) == (1, 0, 0, 20)
    assert [(q.truncated, len(q.answers)) for q in dns.queries] == [(True, 0), (False, 20)]


@pytest.mark.parametrize("size,tc", [(100, 1), (1232, 1), (4096, 0)])
def test_edns_payload_decides_what_fits(dns: Any, size: int, tc: int) -> None:
    """3.6 kB fit into 4096 octets only; a size below 512 counts as 512."""
    dns.serve("\n".join(BIG.split("\n")[:17]))
    reply = dns.ask("big.lab.test", "TXT", edns=size)
    assert (reply.header.tc, len(reply.rr)) == (tc, 0 if tc else 17)
    assert [rr.rtype for rr in reply.ar] == [41]


def test_small_edns_payload_is_raised_to_512(dns: Any) -> None:
    """An answer of 300 octets reaches an asker who says that he takes 100."""
    dns.serve(f'@ TXT "{"x" * 250}"')
    assert dns.ask("lab.test", "TXT", edns=100).header.tc == 0


def test_opt_is_sent_to_those_who_sent_one(dns: Any) -> None:
    """Without EDNS0 in the question there is none in the answer (RFC 6891 section 6.1.1)."""
    dns.serve(ZONE)
    assert [len(dns.ask("lab.test", "MX", edns=size).ar) for size in (0, 1232)] == [0, 1]


def test_several_questions_on_one_connection(dns: Any, question: Any, hear: Any) -> None:
    """Questions that arrive in one segment and in pieces are all answered, in order."""
    dns.serve(ZONE)
    packets = [question("mx.lab.test", t).pack() for t in ("A", "AAAA", "TXT")]
    stream = b"".join(len(p).to_bytes(2, "big") + p for p in packets)
    with dns.connect(tcp=True) as sock:
        sock.sendall(stream[:45])
        heard = [DNSRecord.parse(hear(sock))]
        sock.sendall(stream[45:])
        heard += [DNSRecord.parse(hear(sock)) for _ in range(2)]
    assert [len(r.rr) for r in heard] == [1, 1, 0]


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_garbage_is_dropped_or_answered_with_formerr(dns: Any, tcp: bool, question: Any, tell: Any, hear: Any) -> None:
    """Less than a header and replies get silence, a broken question FORMERR, and nothing is recorded."""
    dns.serve(ZONE)
    good = question("mx.lab.test").pack()
    reply = good[:2] + b"\x81\x80" + good[4:]
    with dns.connect(tcp=tcp) as sock:
        for packet in (b"", b"x" * 11, reply, good[:-3], good):
            tell(sock, packet)
        heard = [DNSRecord.parse(hear(sock)).header.rcode for _ in range(2)]
    assert heard == [1, 0]
    assert len(dns.queries) == 1


def test_zone_transfer_and_other_classes_are_refused(dns: Any, question: Any, tell: Any, hear: Any) -> None:
    """AXFR and class CH are questions, so they are recorded, and refused."""
    dns.serve(ZONE)
    chaos = question("version.bind", "TXT")
    chaos.q.qclass = 3
    with dns.connect() as sock:
        tell(sock, chaos.pack())
        assert DNSRecord.parse(hear(sock)).header.rcode == 5
    assert dns.ask("lab.test", "AXFR").header.rcode == 5
    assert [q.outcome for q in dns.queries] == ["REFUSED", "REFUSED"]


def test_swap_counts_from_the_next_question_on(dns: Any) -> None:
    """Zones and faults change together, on a connection-less server that remembers packed answers."""
    dns.serve("mx A 192.0.2.1")
    first = dns.ask("mx.lab.test")
    dns.serve("mx A 192.0.2.2", faults=[Fault("lab.test", FaultKind.SERVFAIL)])
    assert [str(r.rr[0].rdata) for r in (first, dns.ask("mx.lab.test"))] == ["192.0.2.1", "192.0.2.2"]
    assert dns.ask("lab.test", "MX").header.rcode == 2


@pytest.mark.parametrize("zones,resolvers", [(["mx A nonsense"], ["127.0.0.1"]), ([ZONE], ["localhost"])])
def test_bad_world_changes_nothing(dns: Any, zones: list[str], resolvers: list[str]) -> None:
    """A zone or a resolver that cannot be used is an InputError, and the old world goes on."""
    dns.serve("mx A 192.0.2.1")
    with pytest.raises(InputError):
        dns.serve(*zones, resolvers=resolvers)
    assert str(dns.ask("mx.lab.test").rr[0].rdata) == "192.0.2.1"


def test_port_that_is_taken_is_an_error_of_the_lab(dns: Any) -> None:
    """The second server on a port says which port it is."""
    with dns.connect() as sock:
        port = sock.getpeername()[1]
    second = DnsServer(dns.queries.append)
    with pytest.raises(LabError, match=str(port)):
        second.start(port).send(None)


def test_questions_that_the_kernel_drops_are_told(dns: Any, question: Any, tell: Any) -> None:
    """More than the socket has room for while the server is busy: it says how many nobody saw."""
    dns.serve(ZONE)
    with dns.connect() as sock:
        with dns.busy(octets=4096):
            for _ in range(100):
                tell(sock, question("mx.lab.test").pack())
        dns.heard(1)
        dns.idle()
    dns.ask("mx.lab.test")
    lost = [int(text.split()[0]) for text in dns.trouble]
    assert len(dns.queries) + sum(lost) == 101
    assert sum(lost) > 0


def test_a_question_that_waits_too_long_is_told(dns: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the server had no time, the mail host has given up, and its verdict would be the lab's fault."""
    dns.serve(ZONE)
    dns.ask("mx.lab.test")
    assert dns.trouble == []
    monkeypatch.setattr("postfix_lab.inside.internet.dns.dns_sockets._PATIENCE", 0.0)
    dns.ask("mx.lab.test")
    assert [text.partition(" waited ")[0] for text in dns.trouble] == ["a DNS question"]


def test_burst_of_questions_finds_room(
    dns: Any, question: Any, tell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thousands at once are all answered, none is lost: a crowd of sessions asks at once."""
    monkeypatch.setattr("postfix_lab.inside.internet.dns.dns_sockets._PATIENCE", float("inf"))  # whoever else computes
    dns.serve(ZONE)
    with dns.connect() as sock:
        for _ in range(2000):
            tell(sock, question("mx.lab.test").pack())
    dns.heard(2000)
    assert dns.trouble == []


def test_each_client_has_its_own_view(dns: Any) -> None:
    """Zones, resolvers and counted faults are those of the client's view; clients that no view names see the other one."""
    first = Fault("mx.lab.test", FaultKind.SERVFAIL, "A", nth=1)
    own = DnsView((ZoneText("mx A 192.0.2.77", origin="lab.test"),), (first,), ("127.0.0.1", "::1"), ("::1",))
    rest = DnsView((ZoneText("mx A 192.0.2.25", origin="lab.test"),), (first,), ("127.0.0.1",))
    dns.show(own, rest)
    said = [dns.ask("mx.lab.test", "A", address) for address in ("127.0.0.1", "::1", "127.0.0.1", "::1")]
    assert [reply.header.rcode for reply in said] == [2, 2, 0, 0]
    assert [str(rr.rdata) for reply in said for rr in reply.rr] == ["192.0.2.25", "192.0.2.77"]


def test_without_a_view_there_is_no_resolver(dns: Any) -> None:
    """A client that no view is for gets REFUSED, and its question is a stray one."""
    dns.show(DnsView((ZoneText(ZONE, origin="lab.test"),), (), ("127.0.0.1", "::1"), ("::1",)))
    assert [dns.ask("mx.lab.test", "A", address).header.rcode for address in ("::1", "127.0.0.1")] == [0, 5]
    assert [query.stray for query in dns.queries] == [False, True]

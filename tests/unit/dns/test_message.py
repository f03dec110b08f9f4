"""Reading questions that somebody made up, and packing what the zones hold."""

from __future__ import annotations

import random

import pytest
from dnslib import DNSRecord

from postfix_lab.dns.message import MalformedError, Rcode, pack_reply, pack_sections, parse_question
from postfix_lab.dns.zone import Zone, ZoneText

GOOD = bytes(DNSRecord.question("Mx.lab.test", "MX").pack())


@pytest.mark.parametrize(
    "rtype,data",
    [
        ("A", "192.0.2.25"),
        ("AAAA", "2001:db8::25"),
        ("MX", "10 mx.lab.test."),
        ("TXT", '"v=spf1 a" " -all"'),
        ("SPF", '"v=spf1 -all"'),
        ("PTR", "mx.lab.test."),
        ("NS", "ns.lab.test."),
        ("CNAME", "mx.lab.test."),
        ("SOA", "ns.lab.test. root.lab.test. 1 2 3 4 5"),
        ("SRV", "0 5 25 mx.lab.test."),
        ("CAA", '0 issue "ca.example"'),
        ("TLSA", "3 1 1 ABCDEF"),
    ],
)
def test_every_type_reaches_the_asker(rtype: str, data: str) -> None:
    """What a zone file says is what another implementation reads off the wire."""
    owner = "lab.test" if rtype == "SOA" else "x.lab.test"
    zone = Zone.parse(ZoneText(f"{owner}. {rtype} {data}", origin="lab.test"))
    records = zone.nodes[tuple(owner.encode().split(b"."))][rtype]
    asked = parse_question(bytes(DNSRecord.question(owner, rtype).pack()))
    reply, _ = pack_reply(asked, pack_sections(asked, Rcode.NOERROR, aa=True, answers=records), 4096)
    (answer,) = DNSRecord.parse(reply).rr
    # dnslib's reader has no class for SPF: it shows a string's length and its octets.
    assert answer.rdata.toZone() == ("\\# 12 0B763D73706631202D616C6C" if rtype == "SPF" else data)


@pytest.mark.parametrize("octets", [b"", b"\x03abc\x00", b"\xff"])
def test_octets_of_no_words_reach_the_asker(octets: bytes) -> None:
    """RFC 3597's notation puts any data on the wire, even a TXT record without a string."""
    zone = Zone.parse(ZoneText(f"x.lab.test. TXT \\# {len(octets)} {octets.hex()}", origin="lab.test"))
    records = zone.nodes[b"x", b"lab", b"test"]["TXT"]
    asked = parse_question(bytes(DNSRecord.question("x.lab.test", "TXT").pack()))
    reply, _ = pack_reply(asked, pack_sections(asked, Rcode.NOERROR, aa=True, answers=records), 4096)
    assert reply.endswith(len(octets).to_bytes(2, "big") + octets)


def test_cut_question_never_raises_anything_else() -> None:
    """Every prefix is FORMERR from the header on, silence before it."""
    for length in range(len(GOOD)):
        with pytest.raises(MalformedError) as caught:
            parse_question(GOOD[:length])
        assert (caught.value.reply is None) == (length < 12)


def test_random_octets_never_raise_anything_else() -> None:
    """Ten thousand mutilated packets are questions or malformed, and nothing third."""
    dice = random.Random(1)  # noqa: S311 - the same packets each time
    questions = 0
    for _ in range(10_000):
        packet = bytearray(GOOD + dice.randbytes(dice.randrange(40)))
        for _ in range(dice.randrange(1, 6)):
            packet[dice.randrange(len(packet))] = dice.randrange(256)
        try:
            questions += bool(parse_question(bytes(packet)).octets)
        except MalformedError:
            continue
    assert 0 < questions < 10_000


def test_odd_octets_in_a_name_are_a_name() -> None:
    """A label may hold any octet (RFC 2181 section 11): such a question is answered, not FORMERR."""
    asked = parse_question(GOOD.replace(b"\x02Mx", b"\x02\xff."))
    reply, cut = pack_reply(asked, pack_sections(asked, Rcode.NXDOMAIN, aa=True), 512)
    assert asked.name == (b"\xff.", b"lab", b"test")
    assert (reply[12 : 12 + len(asked.octets)], cut) == (asked.octets, False)


def test_pointer_in_a_question_is_malformed() -> None:
    """A compressed question has nothing to point to but itself."""
    with pytest.raises(MalformedError) as caught:
        parse_question(GOOD[:12] + b"\xc0\x0c\x00\x01\x00\x01")
    assert caught.value.reply is not None
    assert caught.value.reply[3] & 0x0F == 1


def test_other_opcodes_are_not_implemented() -> None:
    """NOTIFY gets NOTIMP with its own opcode."""
    with pytest.raises(MalformedError) as caught:
        parse_question(GOOD[:2] + b"\x20\x00" + GOOD[4:])
    assert caught.value.reply is not None
    assert caught.value.reply[2:4] == b"\xa0\x04"

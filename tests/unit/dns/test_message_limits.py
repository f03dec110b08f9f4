"""What just fits and what just does not, and the flags of a reply."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest
from dnslib import EDNS0, DNSRecord

from postfix_lab.dns.message import MalformedError, Rcode, Sections, pack_reply, pack_sections, parse_question
from postfix_lab.dns.zone import Zone, ZoneText

GOOD = bytes(DNSRecord.question("mx.lab.test", "MX").pack())
HEADER = GOOD[:12]
BEHIND = b"\x00\x0f\x00\x01"


def with_edns(payload: int = 1232, flags: str = "", data: bytes = b"") -> bytes:
    asked = DNSRecord.question("mx.lab.test", "MX")
    asked.add_ar(EDNS0(flags=flags, udp_len=payload))
    packed = bytes(asked.pack())
    return packed[:-2] + struct.pack("!H", len(data)) + data


def name_of(size: int) -> bytes:
    """A name that takes so many octets on the wire."""
    labels, rest = b"", size - 1
    while rest:
        length = min(62, rest - 1)
        labels += bytes([length]) + b"a" * length
        rest -= 1 + length
    return labels + b"\0"


@pytest.mark.parametrize("size, valid", [(3, True), (255, True), (256, False)])
def test_the_longest_name(size: int, *, valid: bool) -> None:
    """255 octets (RFC 1035 section 2.3.4)."""
    packet = HEADER + name_of(size) + BEHIND
    assert len(name_of(size)) == size
    if valid:
        assert parse_question(packet).octets == packet[12:]
    else:
        with pytest.raises(MalformedError):
            parse_question(packet)


@pytest.mark.parametrize("label", [b"\x3f" + b"a" * 63, b"\x01a"])
def test_a_label_up_to_its_limit(label: bytes) -> None:
    """63 octets; what looks like a pointer is none of a question."""
    assert parse_question(HEADER + label + b"\0" + BEHIND).name == (label[1:],)
    with pytest.raises(MalformedError):
        parse_question(HEADER + b"\x40" + b"a" * 64 + b"\0" + BEHIND)


@pytest.mark.parametrize("questions, valid", [(0, False), (1, True), (2, False)])
def test_one_question(questions: int, *, valid: bool) -> None:
    """No more and no less."""
    packet = GOOD[:4] + struct.pack("!H", questions) + GOOD[6:]
    if valid:
        assert parse_question(packet).rtype == 15
    else:
        with pytest.raises(MalformedError) as malformed:
            parse_question(packet)
        assert malformed.value.reply == GOOD[:2] + b"\x81\x01" + bytes(8)


def test_a_reply_is_not_answered() -> None:
    """Or two servers could answer each other for ever."""
    with pytest.raises(MalformedError) as malformed:
        parse_question(GOOD[:2] + b"\x81\x00" + GOOD[4:])
    assert malformed.value.reply is None


@pytest.mark.parametrize(
    "payload, limit", [(None, 512), (0, 512), (511, 512), (512, 512), (513, 513), (4095, 4095), (4096, 4096), (4097, 4096), (65535, 4096)]
)
def test_the_size_of_a_reply(payload: int | None, limit: int) -> None:
    """What the client takes, from 512 to 4096 octets."""
    asked = parse_question(GOOD if payload is None else with_edns(payload))
    assert (asked.payload, asked.limit, asked.do) == (payload, limit, False)


def test_the_do_bit() -> None:
    """It is read from OPT and returned in it."""
    asked = parse_question(with_edns(flags="do"))
    assert asked.do
    assert pack_reply(asked, Sections(Rcode.NOERROR), 512)[0].endswith(b"\0" + struct.pack("!HHIH", 41, 4096, 0x8000, 0))
    plain = parse_question(with_edns())
    assert pack_reply(plain, Sections(Rcode.NOERROR), 512)[0].endswith(b"\0" + struct.pack("!HHIH", 41, 4096, 0, 0))


def test_records_behind_the_question() -> None:
    """They end with the packet, and not behind it; one with a pointer as its name is read, and only OPT counts."""
    assert parse_question(with_edns(data=b"abc")).payload == 1232
    with pytest.raises(MalformedError):
        parse_question(with_edns(data=b"abc")[:-1])
    other = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 0x8000, 4) + b"\xc0\0\2\1"
    asked = parse_question(GOOD[:8] + struct.pack("!HH", 1, 0) + GOOD[12:] + other)
    assert (asked.payload, asked.do) == (None, False)
    named = b"\x01a\x01b\0" + struct.pack("!HHIH", 1, 1, 0, 0)
    both = parse_question(GOOD[:8] + struct.pack("!HH", 1, 1) + GOOD[12:] + named + with_edns()[len(GOOD) :])
    assert both.payload == 1232


@pytest.mark.parametrize("flags", [0x0000, 0x0100, 0x0010, 0x0110, 0x0020])
@pytest.mark.parametrize("authentic", [True, False])
@pytest.mark.parametrize("aa", [True, False])
@pytest.mark.parametrize("do", [True, False])
def test_flags(flags: int, *, authentic: bool, aa: bool, do: bool) -> None:
    """RD and CD are the client's; AD is for a client that sent AD or DO."""
    asked = replace(parse_question(with_edns(flags="do" if do else "")), flags=flags)
    reply, _ = pack_reply(asked, Sections(Rcode.NXDOMAIN, aa=aa, authentic=authentic), 512)
    ad = 0x0020 if authentic and (do or flags & 0x0020) else 0
    assert struct.unpack_from("!H", reply, 2)[0] == 0x8080 | flags & 0x0110 | (0x0400 if aa else 0) | ad | 3


@pytest.mark.parametrize("packet", [GOOD, with_edns()], ids=["plain", "edns"])
def test_what_just_fits(packet: bytes) -> None:
    """One octet less, and it is header, question and OPT, with TC."""
    asked = parse_question(packet)
    zone = Zone.parse(ZoneText("mx.lab.test. MX 10 a.lab.test.\nmx.lab.test. NS b.lab.test.", origin="lab.test"))
    answers, authority = zone.nodes[b"mx", b"lab", b"test"]["MX"], zone.nodes[b"mx", b"lab", b"test"]["NS"]
    sections = pack_sections(asked, Rcode.NOERROR, aa=True, answers=answers, authority=authority)
    whole, cut = pack_reply(asked, sections, 4096)
    assert (cut, struct.unpack_from("!HHHH", whole, 4)) == (False, (1, 1, 1, 1 if asked.payload else 0))
    assert pack_reply(asked, sections, len(whole)) == (whole, False)
    short, cut = pack_reply(asked, sections, len(whole) - 1)
    assert (cut, short[2] & 2, struct.unpack_from("!HHHH", short, 4)) == (True, 2, (1, 0, 0, 1 if asked.payload else 0))
    assert short[12:] == whole[12 : 12 + len(asked.octets)] + (whole[-11:] if asked.payload else b"")


def test_compression_far_into_a_message() -> None:
    """A pointer has 14 bits: a name that stands behind 16 KiB is written out again."""
    rows = "\n".join(f"mx.lab.test. MX 10 {'x' * 50}{number:04}.far.example." for number in range(400))
    zone = Zone.parse(ZoneText(rows, origin="lab.test"))
    asked = parse_question(GOOD)
    records = zone.nodes[b"mx", b"lab", b"test"]["MX"]
    reply, cut = pack_reply(asked, pack_sections(asked, Rcode.NOERROR, aa=True, answers=[*records, *records]), 65535)
    assert (len(reply) > 0x3FFF, cut) == (True, False)
    assert [str(row.rdata.label) for row in DNSRecord.parse(reply).rr][:400] == [f"{'x' * 50}{number:04}.far.example." for number in range(400)]

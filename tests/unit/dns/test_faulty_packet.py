"""What faults do to a packet, octet by octet."""

from __future__ import annotations

import struct

import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.faulty_answer import DnsReply
from postfix_lab.dns.faulty_packet import PackedReply, pack
from postfix_lab.dns.message import Question, Rcode, Sections, pack_reply, parse_question

NAME = b"\x02mx\x03lab\x04test\x00"
RECORD = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 300, 4) + bytes((192, 0, 2, 9))
SECTIONS = Sections(Rcode.NOERROR, aa=True, answers=1, octets=RECORD)
HEADER = 12


def question(name: bytes = NAME, rtype: int = 1) -> Question:
    return parse_question(struct.pack("!HHHHHH", 0x1234, 0x0100, 1, 0, 0, 0) + name + struct.pack("!HH", rtype, 1))


def sent(kind: str, *, name: bytes = NAME, transport: str = "udp") -> PackedReply:
    fault = Fault("mx.lab.test", FaultKind(kind))
    return pack(question(name), DnsReply("NOERROR", SECTIONS, fault=fault), transport)


WHOLE = pack_reply(question(), SECTIONS, 512)[0]


def test_the_truth() -> None:
    """What no fault changes leaves as it is packed."""
    assert pack(question(), DnsReply("NOERROR", SECTIONS), "udp") == PackedReply(WHOLE, "NOERROR")
    assert WHOLE.endswith(RECORD)


@pytest.mark.parametrize(
    "kind, packet, outcome",
    [
        ("WRONG_ID", struct.pack("!H", 0x1234 ^ 0x5555) + WHOLE[2:], "UNRELATED"),
        ("WRONG_QUESTION", WHOLE[:13] + b"l" + WHOLE[14:], "UNRELATED"),
        ("CUT_HEADER", WHOLE[:7], "MALFORMED"),
        ("CUT_NAME", WHOLE[: HEADER + len(NAME) // 2], "MALFORMED"),
        ("CUT_RECORD", WHOLE[:-3], "MALFORMED"),
        ("WRONG_COUNTS", WHOLE[:6] + b"\0\x03" + WHOLE[8:], "MALFORMED"),
        ("TRAILING_GARBAGE", WHOLE + bytes(range(0xA5, 0xB5)), "NOERROR"),
        ("GARBAGE", WHOLE[:2] + 3 * bytes(range(0xA5, 0xB5)), "MALFORMED"),
    ],
)
def test_what_is_mangled(kind: str, packet: bytes, outcome: str) -> None:
    """One thing is wrong with each packet, and all else is as it was."""
    assert sent(kind) == PackedReply(packet, outcome, mangled=True)


def test_a_name_that_points_to_itself() -> None:
    """The only record's name is a pointer to its own place; nothing follows it."""
    made = sent("COMPRESSION_LOOP")
    here = HEADER + len(NAME) + 4
    assert made.packet[6:12] == struct.pack("!HHH", 1, 0, 0)
    assert made.packet[HEADER:here] == NAME + b"\0\x01\0\x01"
    assert made.packet[here:] == struct.pack("!HHHIH", 0xC000 | here, 1, 1, 300, 4) + bytes((192, 0, 2, 1))
    assert (made.outcome, made.mangled) == ("MALFORMED", True)


def test_the_roots_question_differs_in_its_type() -> None:
    """The root has no letter that could differ; a name that is cut keeps one octet."""
    wrong = sent("WRONG_QUESTION", name=b"\0").packet
    assert wrong[HEADER : HEADER + 5] == b"\0" + b"\0\0" + b"\0\x01"
    assert len(sent("CUT_NAME", name=b"\0").packet) == HEADER + 1


@pytest.mark.parametrize("kind", ["TRUNCATE", "TRUNCATE_REFUSED", "TRUNCATE_HANG"])
def test_what_is_truncated(kind: str) -> None:
    """However small it is, TC is set and no record is in it."""
    made = sent(kind)
    assert (made.truncated, made.mangled, made.packet[6:8]) == (True, False, b"\0\0")
    assert made.packet[2] & 0x02


def test_silence() -> None:
    """TCP gets nothing where it hangs, and nobody does where the outcome is silence."""
    assert sent("TRUNCATE_HANG", transport="tcp") == PackedReply(b"", "TIMEOUT")
    for outcome in ("TIMEOUT", "UNREACHABLE"):
        assert pack(question(), DnsReply(outcome, SECTIONS), "udp") == PackedReply(b"", outcome)


def test_tcp_takes_all() -> None:
    """A reply that UDP truncates goes over TCP whole."""
    many = Sections(Rcode.NOERROR, aa=True, answers=40, octets=RECORD * 40)
    assert pack(question(), DnsReply("NOERROR", many), "udp").truncated is True
    whole = pack(question(), DnsReply("NOERROR", many), "tcp")
    assert (whole.truncated, whole.packet.endswith(RECORD * 40)) == (False, True)

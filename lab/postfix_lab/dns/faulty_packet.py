"""A reply as it leaves: packed, and what faults do to the packet.

A packet that is mangled keeps its id, unless the id is what is wrong with it: otherwise the asker
would not look at the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from postfix_lab.dns.fault import FaultKind
from postfix_lab.dns.faulty_answer import DnsReply
from postfix_lab.dns.message import Question, pack_reply

_TCP_MAX = 65535
_SILENCE = (FaultKind.TIMEOUT.value, FaultKind.UNREACHABLE.value)
_TRUNCATES = (FaultKind.TRUNCATE, FaultKind.TRUNCATE_REFUSED, FaultKind.TRUNCATE_HANG)
_HEADER = 12
_ANSWERS = 6
"""Offset of the answer count in a header (RFC 1035 section 4.1.1)."""
_GARBAGE = bytes(range(0xA5, 0xA5 + 16))


@dataclass(frozen=True, slots=True)
class PackedReply:
    """The packet to send; None if nothing is sent."""

    packet: bytes
    outcome: str
    truncated: bool = False
    mangled: bool = False
    """Whether a fault altered the packet, so that the records do not describe it."""


def pack(question: Question, said: DnsReply, transport: str) -> PackedReply:
    """Pack a reply for a transport, and apply the faults that alter the packet."""
    kind = said.fault.kind if said.fault else None
    if said.outcome in _SILENCE:
        return PackedReply(b"", said.outcome)
    udp = transport == "udp"
    if kind is FaultKind.TRUNCATE_HANG and not udp:
        return PackedReply(b"", FaultKind.TIMEOUT.value)
    limit = 0 if kind in _TRUNCATES else question.limit if udp else _TCP_MAX
    packet, truncated = pack_reply(question, said.sections, limit)
    if kind not in _DEEDS:
        return PackedReply(packet, said.outcome, truncated)
    deed, outcome = _DEEDS[kind]
    return PackedReply(deed(packet, question), outcome or said.outcome, truncated, mangled=True)


def _wrong_id(packet: bytes, question: Question) -> bytes:
    return struct.pack("!H", question.ident ^ 0x5555) + packet[2:]


def _wrong_question(packet: bytes, question: Question) -> bytes:
    """Flip one bit of the question's name; the records' owner names point to it, so they change as well."""
    at = _HEADER + (1 if question.name else 2)  # The root has no letter, so its type is changed.
    return packet[:at] + bytes((packet[at] ^ 1,)) + packet[at + 1 :]


def _cut_name(packet: bytes, question: Question) -> bytes:
    return packet[: _HEADER + max(1, (len(question.octets) - 4) // 2)]


def _compression_loop(packet: bytes, question: Question) -> bytes:
    here = _HEADER + len(question.octets)
    record = struct.pack("!HHHIH", 0xC000 | here, question.rtype, 1, 300, 4) + bytes((192, 0, 2, 1))
    return packet[:_ANSWERS] + struct.pack("!HHH", 1, 0, 0) + packet[_HEADER:here] + record


def _wrong_counts(packet: bytes, _: Question) -> bytes:
    (answers,) = struct.unpack_from("!H", packet, _ANSWERS)
    return packet[:_ANSWERS] + struct.pack("!H", answers + 2) + packet[_ANSWERS + 2 :]


_DEEDS: dict[FaultKind, tuple[Callable[[bytes, Question], bytes], str]] = {
    FaultKind.WRONG_ID: (_wrong_id, "UNRELATED"),
    FaultKind.WRONG_QUESTION: (_wrong_question, "UNRELATED"),
    FaultKind.CUT_HEADER: (lambda packet, _: packet[:7], "MALFORMED"),
    FaultKind.CUT_NAME: (_cut_name, "MALFORMED"),
    FaultKind.CUT_RECORD: (lambda packet, _: packet[:-3], "MALFORMED"),
    FaultKind.COMPRESSION_LOOP: (_compression_loop, "MALFORMED"),
    FaultKind.WRONG_COUNTS: (_wrong_counts, "MALFORMED"),
    FaultKind.TRAILING_GARBAGE: (lambda packet, _: packet + _GARBAGE, ""),
    FaultKind.GARBAGE: (lambda packet, _: packet[:2] + 3 * _GARBAGE, "MALFORMED"),
}

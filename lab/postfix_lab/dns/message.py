"""DNS messages: parse a question, pack a reply (RFC 1035 section 4).

The question is parsed here and not by dnslib: a packet may hold anything, and the question section has to be returned
octet by octet, in the client's spelling of upper and lower case. dnslib packs the records.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import dnslib  # type: ignore[import-untyped,unused-ignore]  # ships no annotations
from dnslib.label import DNSBuffer  # type: ignore[import-untyped,unused-ignore]  # the same

from postfix_lab.dns.name import Labels, lower
from postfix_lab.dns.record_data import Opaque
from postfix_lab.dns.zone import Record

_HEADER = struct.Struct("!HHHHHH")
_RR = struct.Struct("!HHIH")
_QR, _AA, _TC, _RD, _RA, _AD, _CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
_OPCODE = 0x7800
_POINTER = 0xC0
_FAR = 0x3FFF
"""The largest offset of a compression pointer (RFC 1035 section 4.1.4)."""
_NAME_MAX = 255
_OPT = 41
_DO = 0x8000
_LEAST, _MOST = 512, 4096
"""UDP payload sizes: what every client accepts (RFC 1035 section 4.2.1), and the most that is sent here."""


class Rcode(IntEnum):
    """Response codes (RFC 1035 section 4.1.1)."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


class MalformedError(Exception):
    """The packet holds no valid question; `reply` is the packed reply to it, None if there must be none."""

    def __init__(self, reply: bytes | None) -> None:
        super().__init__("no question in it")
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Question:
    """One question as received."""

    ident: int
    flags: int
    name: Labels
    """In lower case."""
    rtype: int
    rclass: int
    octets: bytes
    """The question section as received."""
    payload: int | None
    """The UDP payload size that the client accepts (RFC 6891); None: it did not use EDNS0."""
    do: bool = False

    @property
    def type(self) -> str:
        """`A`, `MX`, or `TYPE65280` for a type without a name here."""
        return str(dnslib.QTYPE.get(self.rtype))

    @property
    def limit(self) -> int:
        """The largest size of a UDP reply, in octets."""
        return min(max(self.payload or 0, _LEAST), _MOST)


@dataclass(frozen=True, slots=True)
class Sections:
    """The packed part of a reply after the question, the same for every client that asks this question."""

    rcode: Rcode
    aa: bool = False
    answers: int = 0
    authority: int = 0
    octets: bytes = b""
    authentic: bool = False
    """Set AD for a client that sent AD or DO (RFC 6840 sections 5.7 and 5.8)."""


def parse_question(packet: bytes) -> Question:
    """The question of a packet.

    Raises MalformedError, with a FORMERR or NOTIMP reply if the header can be read, else with none. A reply (QR set)
    is never answered, or two servers could answer each other for ever.
    """
    if len(packet) < _HEADER.size:
        raise MalformedError(None)
    ident, flags, questions, *others = _HEADER.unpack_from(packet)
    if flags & _QR:
        raise MalformedError(None)
    if flags & _OPCODE:
        raise MalformedError(_header_only(ident, flags, Rcode.NOTIMP))
    try:
        if questions != 1:
            raise ValueError  # noqa: TRY301 - one way out for every malformed packet
        name, at = _read_name(packet, _HEADER.size)
        rtype, rclass = struct.unpack_from("!HH", packet, at)
        payload, do = _read_opt(packet, at + 4, sum(others))
    except (ValueError, IndexError, struct.error):
        raise MalformedError(_header_only(ident, flags, Rcode.FORMERR)) from None
    return Question(ident, flags, lower(name), rtype, rclass, packet[_HEADER.size : at + 4], payload, do)


def pack_sections(
    question: Question, rcode: Rcode, *, aa: bool, answers: Sequence[Record] = (), authority: Sequence[Record] = ()
) -> Sections:
    """The packed sections, with name compression that points into the question (RFC 1035 section 4.1.4)."""
    buffer = DNSBuffer(bytes(_HEADER.size))
    buffer.offset = _HEADER.size
    dnslib.DNSQuestion(dnslib.DNSLabel(question.name), question.rtype).pack(buffer)
    for record in (*answers, *authority):
        _rr(record).pack(buffer)
        if buffer.offset > _FAR:  # A compression pointer has 14 bits, and dnslib does not check that.
            buffer.names = {name: at for name, at in buffer.names.items() if at <= _FAR}
    octets = bytes(buffer.data)[_HEADER.size + len(question.octets) :]
    return Sections(rcode, aa, len(answers), len(authority), octets)


def pack_reply(question: Question, sections: Sections, limit: int) -> tuple[bytes, bool]:
    """The packed reply, and whether it was truncated to header, question and OPT with TC set."""
    opt = b""
    if question.payload is not None:
        opt = b"\0" + _RR.pack(_OPT, _MOST, _DO if question.do else 0, 0)
    flags = _QR | _RA | question.flags & (_RD | _CD) | (_AA if sections.aa else 0) | sections.rcode
    if sections.authentic and (question.do or question.flags & _AD):
        flags |= _AD
    extra = 1 if opt else 0
    if _HEADER.size + len(question.octets) + len(sections.octets) + len(opt) > limit:
        header = _HEADER.pack(question.ident, flags | _TC, 1, 0, 0, extra)
        return header + question.octets + opt, True
    header = _HEADER.pack(question.ident, flags, 1, sections.answers, sections.authority, extra)
    return header + question.octets + sections.octets + opt, False


def _header_only(ident: int, flags: int, rcode: Rcode) -> bytes:
    return _HEADER.pack(ident, _QR | flags & (_OPCODE | _RD) | rcode, 0, 0, 0, 0)


def _read_name(packet: bytes, at: int) -> tuple[Labels, int]:
    """A name without compression, as in every question, and the offset behind it."""
    labels: list[bytes] = []
    start = at
    while length := packet[at]:
        if length & _POINTER or at + 1 + length >= len(packet):
            raise ValueError
        labels.append(packet[at + 1 : at + 1 + length])
        at += 1 + length
    if at + 1 - start > _NAME_MAX:
        raise ValueError
    return tuple(labels), at + 1


def _read_opt(packet: bytes, at: int, records: int) -> tuple[int | None, bool]:
    """Payload size and DO bit of the OPT record, if there is one among the records after the question."""
    payload, do = None, False
    for _ in range(records):
        while (length := packet[at]) and not length & _POINTER:
            at += 1 + length
        at += 2 if length else 1
        rtype, rclass, ttl, size = _RR.unpack_from(packet, at)
        at += _RR.size + size
        if at > len(packet):
            raise ValueError
        if rtype == _OPT:
            payload, do = rclass, bool(ttl & _DO)
    return payload, do


def _rr(record: Record) -> Any:
    rtype = dnslib.QTYPE.reverse[record.type]
    match record.data.parts:
        case (Opaque(octets),):
            data = dnslib.RD(octets)
        case parts:
            data = _RDATA[record.type](*parts)
    return dnslib.RR(dnslib.DNSLabel(record.name), rtype, 1, record.ttl, data)


def _address(make: Any) -> Callable[[bytes], Any]:
    return lambda packed: make(tuple(packed))


def _one_name(make: Any) -> Callable[[Labels], Any]:
    return lambda name: make(dnslib.DNSLabel(name))


def _strings(*strings: bytes) -> Any:
    return dnslib.TXT(strings)


_RDATA: dict[str, Callable[..., Any]] = {
    "A": _address(dnslib.A),
    "AAAA": _address(dnslib.AAAA),
    "MX": lambda preference, name: dnslib.MX(dnslib.DNSLabel(name), preference),
    "TXT": _strings,
    "SPF": _strings,
    "PTR": _one_name(dnslib.PTR),
    "NS": _one_name(dnslib.NS),
    "CNAME": _one_name(dnslib.CNAME),
    "SOA": lambda m, r, *times: dnslib.SOA(dnslib.DNSLabel(m), dnslib.DNSLabel(r), times),
    "SRV": lambda priority, weight, port, name: dnslib.SRV(priority, weight, port, dnslib.DNSLabel(name)),
    # dnslib's own CAA wants text; the value may be any octets.
    "CAA": lambda flags, tag, value: dnslib.RD(bytes([flags, len(tag)]) + tag + value),
    "TLSA": dnslib.TLSA,
}

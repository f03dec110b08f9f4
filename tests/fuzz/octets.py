"""Packets and replies off the wire, and zones and faults as somebody wrote them."""

from __future__ import annotations

from contextlib import suppress

import dnslib  # type: ignore[import-untyped,unused-ignore]  # ships no annotations

from postfix_lab.dns.fault import AppliedFault, DnsLookup, Fault, FaultKind
from postfix_lab.dns.faulty_answer import build_reply
from postfix_lab.dns.faulty_packet import pack
from postfix_lab.dns.message import MalformedError, Question, Rcode, pack_reply, pack_sections, parse_question
from postfix_lab.dns.name import absolute_name, lower, present
from postfix_lab.dns.namespace import Namespace
from postfix_lab.dns.zone import Zone, ZoneText
from postfix_lab.errors import InputError
from postfix_lab.smtp.wire import Malformed, ReplyParser, split_enhanced

ZONES = (
    b"$ORIGIN lab.test.\n@ 3600 IN SOA ns hostmaster 1 2h 1h 2w 5m\n@ MX 10 mx\nmx A 192.0.2.1\n  AAAA 2001:db8::1\n",
    b'$TTL 1h\n@ TXT "v=spf1 a mx -all" ; who\n* CNAME mx\n_25._tcp.mx TLSA 3 1 1 abcd\n9 PTR a\\.b.lab.test.\n',
    b'@ CAA 0 issue "ca.test"\n_x SRV 1 2 3 t\n@ A \\# 4 c0000201\na ( A\n 192.0.2.1 )\n@ NS ns\n@ SPF "v=spf1"\n',
)
_WORLD = Namespace([ZoneText(text.decode(), "world", origin) for text, origin in zip(ZONES, ("lab.test", "x.test", "y.test"), strict=True)])  # fmt: skip
QUESTIONS = tuple(
    bytes(2) + bytes(dnslib.DNSRecord.question(name, rtype).pack())
    for name, rtype in (("lab.test", "MX"), ("mx.x.test", "A"), ("a.y.test", "ANY"), ("9.x.test", "PTR"), (".", "NS"))
)
_KINDS = tuple(kind for kind in FaultKind if kind is not FaultKind.ANSWER)
_MANGLED = {
    FaultKind.WRONG_ID, FaultKind.WRONG_QUESTION, FaultKind.CUT_HEADER, FaultKind.CUT_NAME, FaultKind.CUT_RECORD,
    FaultKind.COMPRESSION_LOOP, FaultKind.WRONG_COUNTS, FaultKind.TRAILING_GARBAGE, FaultKind.GARBAGE,
}  # fmt: skip


def reply(octets: bytes) -> None:
    """What an SMTP server says, in two pieces: replies with their lines, or Malformed; the same in whatever pieces."""
    whole, pieces = ReplyParser(), ReplyParser()
    whole.feed(octets)
    try:
        found = list(iter(whole.next_reply, None))
    except Malformed:
        return
    again = []
    for piece in (octets[: len(octets) // 2], octets[len(octets) // 2 :]):
        pieces.feed(piece)
        again += list(iter(pieces.next_reply, None))
    assert again == found
    for raw in found:
        enhanced, lines = split_enhanced(raw)
        assert len(lines) == len(raw.lines)
        assert enhanced is None or enhanced[0] == str(raw.code)[0]


def packet(octets: bytes) -> None:
    """A packet is a question, which is answered so that dnslib can read it, or none; two octets choose fault and transport."""
    if len(octets) < 2:
        return
    try:
        question = parse_question(octets[2:])
    except MalformedError as error:
        assert error.reply is None or (len(error.reply) == 12 and error.reply[:2] == octets[2:4] and error.reply[2] & 0x80)
        return
    name = present(question.name)
    assert lower(absolute_name(name)) == question.name
    assert name.isascii()
    assert name.isprintable()
    kind = _KINDS[octets[0] % (len(_KINDS) + 1) - 1] if octets[0] % (len(_KINDS) + 1) else None
    applied = AppliedFault(0, Fault("*", kind), 1 + octets[1] // 2) if kind else None
    assert applied is None or applied.rule.matches(DnsLookup(name, question.type)) or kind is None
    transport = ("udp", "tcp")[octets[1] % 2]
    sent = pack(question, build_reply(_WORLD, question, applied), transport)
    _readable(question, sent.packet, transport, kind)


def _readable(question: Question, sent: bytes, transport: str, kind: FaultKind | None) -> None:
    if not sent or kind in _MANGLED:
        return
    assert sent[:2] == question.ident.to_bytes(2, "big")
    assert sent[2] & 0x80
    assert sent[12 : 12 + len(question.octets)] == question.octets
    assert len(sent) <= (question.limit if transport == "udp" else 65535)
    if b"".join(question.name).isascii():  # dnslib wants to read names as text.
        dnslib.DNSRecord.parse(sent)


def zone(octets: bytes) -> None:
    """A zone is served, each record as a packet that can be read, and says the same when it is written out and read again."""
    text = octets.decode("utf-8", "surrogateescape")
    try:
        names = Namespace([ZoneText(text, "z", "fuzz.test")])
    except InputError as error:
        assert str(error).startswith("z:")
        assert str(error).isprintable()
        return
    for found in names._zones.values():
        _served(names, found)
        _again(found)


def _served(names: Namespace, found: Zone) -> None:
    for name, node in found.nodes.items():
        octets = b"".join(bytes((len(label),)) + label for label in name) + b"\0\0\1\0\1"
        asked = Question(1, 0, name, 1, 1, octets, None)
        for rtype in node:
            answer = names.answer(name, rtype)
            sections = pack_sections(asked, Rcode.NOERROR, aa=True, answers=answer.answers)
            reply, _ = pack_reply(asked, sections, 65535)
            assert len(reply) <= 65535


def _again(found: Zone) -> None:
    records = [record for node in found.nodes.values() for several in node.values() for record in several]
    text = "\n".join(f"{present(record.name)}. {record.ttl} {record}" for record in records)
    if found.origin:
        again = Zone.parse(ZoneText(text, "again", present(found.origin)))
        assert again.nodes == found.nodes


def fault(octets: bytes) -> None:
    """A fault is one, or refused in a sentence."""
    name, _, rest = octets.decode("utf-8", "surrogateescape").partition("\0")
    rtype, _, records = rest.partition("\0")
    for kind in (FaultKind.ANSWER, FaultKind.DELAY, FaultKind.HUGE):
        with suppress(InputError):
            made = Fault(name, kind, rtype or "ANY", records=tuple(records.split("\n")) if kind is FaultKind.ANSWER else ())
            made.matches(DnsLookup(name, "A"))
            made.answers("any.test")

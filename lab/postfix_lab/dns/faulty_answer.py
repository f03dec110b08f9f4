"""The reply to a question: the zones' answer, altered by a fault if one applies.

This module builds the sections of the reply. Faults of the packet itself are applied when it is packed, by
`faulty_packet.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from postfix_lab.dns.fault import AppliedFault, Fault, FaultKind
from postfix_lab.dns.message import Question, Rcode, Sections, pack_sections
from postfix_lab.dns.name import Labels, lower, present
from postfix_lab.dns.namespace import Namespace, ZoneAnswer
from postfix_lab.dns.record_data import Data
from postfix_lab.dns.zone import Record

_ALIASES = 20
_NAME_MAX = 253
_PADDING = "padding" * 30
_PADDED = 12 + len(_PADDING)
"""Octets of a TXT record of `_PADDING`, its name compressed."""
_BARE = {
    **{kind: Rcode[kind.value] for kind in FaultKind if kind.value in Rcode.__members__},
    **dict.fromkeys((FaultKind.TIMEOUT, FaultKind.UNREACHABLE), Rcode.NOERROR),
}
"""Kinds whose reply is an rcode without records, or that have no reply."""


@dataclass(frozen=True, slots=True)
class DnsReply:
    """The reply to one question; it may be sent any number of times."""

    outcome: str
    sections: Sections
    answers: tuple[str, ...] = ()
    fault: Fault | None = None
    outside: bool = False
    number: int | None = None
    """The fault's index among those of the world."""


def build_reply(namespace: Namespace, question: Question, applied: AppliedFault | None) -> DnsReply:
    """The reply to a question as the chosen fault alters it; without a fault, the true reply."""
    if applied is None:
        return _true_reply(namespace.answer(question.name, question.type), question)
    said = _faulty_reply(namespace, question, applied)
    sections = replace(said.sections, authentic=applied.rule.kind is FaultKind.AUTHENTIC)
    return replace(said, sections=sections, fault=applied.rule, number=applied.number)


def refusal() -> DnsReply:
    """The reply REFUSED, for questions that are not served."""
    return DnsReply("REFUSED", Sections(Rcode.REFUSED))


def _faulty_reply(namespace: Namespace, question: Question, applied: AppliedFault) -> DnsReply:
    kind, outside = applied.rule.kind, not namespace.contains(question.name)
    match kind:
        case FaultKind.NXDOMAIN | FaultKind.NODATA:
            rcode = Rcode.NXDOMAIN if kind is FaultKind.NXDOMAIN else Rcode.NOERROR
            sections = pack_sections(question, rcode, aa=True, authority=(namespace.soa(question.name),))
            return DnsReply(kind.value, sections, outside=outside)
        case FaultKind.EMPTY:
            return DnsReply("NOERROR", Sections(Rcode.NOERROR), outside=outside)
        case FaultKind.ANSWER | FaultKind.CNAME_LOOP:
            made = applied.rule.answers(present(question.name)) or _loop(question.name)
            sections = pack_sections(question, Rcode.NOERROR, aa=True, answers=made)
            return DnsReply("NOERROR", sections, tuple(map(str, made)), outside=outside)
        case _ if kind in _BARE:
            return DnsReply(kind.value, Sections(_BARE[kind]), outside=outside)
        case _:
            return _true_reply(_alter(namespace.answer(question.name, question.type), question, applied), question)


def _alter(answer: ZoneAnswer, question: Question, applied: AppliedFault) -> ZoneAnswer:
    """The true answer with its records altered; most kinds of faults do not alter records."""
    records = answer.answers
    match applied.rule.kind:
        case FaultKind.TTL_ZERO:
            zero = tuple(replace(r, ttl=0) for r in records)
            return replace(answer, answers=zero, authority=tuple(replace(r, ttl=0) for r in answer.authority))
        case FaultKind.MIXED_CASE:
            return replace(answer, answers=tuple(map(_mix_case, records)))
        case FaultKind.ROTATE if records:
            first = (applied.count - 1) % len(records)
            return replace(answer, answers=(*records[first:], *records[:first]))
        case FaultKind.HUGE:
            return ZoneAnswer("NOERROR", aa=True, answers=(*records, *_padding(question.name, applied.rule.octets)))
        case FaultKind.CNAME_CHAIN:
            chain = _chain(question.name)
            last = chain[-1].data.parts[0]
            return replace(answer, answers=(*chain, *(_rename(r, question.name, last) for r in records)))
        case _:
            return answer


def _true_reply(answer: ZoneAnswer, question: Question) -> DnsReply:
    sections = pack_sections(
        question, Rcode[answer.rcode], aa=answer.aa, answers=answer.answers, authority=answer.authority
    )
    return DnsReply(answer.outcome, sections, tuple(map(str, answer.answers)), outside=answer.outside)


def _loop(name: Labels) -> tuple[Record, ...]:
    other = _alias(name, 1)
    return _cname(name, other), _cname(other, name)


def _chain(name: Labels) -> tuple[Record, ...]:
    names = (name, *(_alias(name, number) for number in range(1, _ALIASES + 1)))
    return tuple(_cname(one, other) for one, other in pairwise(names))


def _alias(name: Labels, number: int) -> Labels:
    """A name below `name`, or below `invalid` if that would be too long."""
    label = f"alias-{number}".encode()
    return (label, *name) if len(present(name)) + len(label) < _NAME_MAX else (label, b"invalid")


def _cname(name: Labels, target: Labels) -> Record:
    text = f"{present(target)}."
    return Record(name, "CNAME", 300, Data(text, (target,)), text)


def _rename(record: Record, name: Labels, new: Labels) -> Record:
    return replace(record, name=new) if lower(record.name) == name else record


def _padding(name: Labels, octets: int) -> tuple[Record, ...]:
    """TXT records of `octets` octets in all; each text differs, since equal records are one (RFC 2181 section 5)."""
    texts = [f"{number:05d}{_PADDING}" for number in range(octets // _PADDED + 1)]
    return tuple(Record(name, "TXT", 300, Data(f'"{text}"', (text.encode(),)), f'"{text}"') for text in texts)


def _mix_case(record: Record) -> Record:
    """The record with its names in mixed case (RFC 4343: they are the same names)."""
    parts = tuple(_swap_case(part) if isinstance(part, tuple) else part for part in record.data.parts)
    text = record.text
    for old, new in zip(record.data.parts, parts, strict=True):
        text = text.replace(present(old), present(new)) if isinstance(old, tuple) and old else text
    return replace(record, name=_swap_case(record.name), data=Data(text, parts), text=text)


def _swap_case(name: Labels) -> Labels:
    return tuple(
        bytes(octet ^ 0x20 if at % 2 and bytes((octet,)).isalpha() else octet for at, octet in enumerate(label))
        for label in name
    )

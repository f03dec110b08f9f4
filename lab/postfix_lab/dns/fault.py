"""Faults of DNS questions, as data.

A fault selects questions and names what is done instead of the true answer. The first fault that matches wins, so a
narrow fault goes before a wide one. `faulty_answer.py` applies a fault to the answer, `faulty_packet.py` to the packet.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address

from postfix_lab.counted_rules import Applied, CountedRules
from postfix_lab.dns.name import absolute_name
from postfix_lab.dns.record_data import TYPES
from postfix_lab.dns.zone import Record, Zone
from postfix_lab.dns.zonefile import ZoneText
from postfix_lab.errors import InputError

_TRANSPORTS = ("udp", "tcp")
_ASKABLE = ("ANY", *TYPES, "CDS", "DNSKEY", "DS", "HINFO", "HTTPS", "NAPTR", "NSEC", "NSEC3", "RRSIG", "SSHFP", "SVCB")
_HUGE_MOST = 60_000


class FaultKind(StrEnum):
    """The kinds of faults; the first five are rcodes (RFC 1035 section 4.1.1)."""

    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    NOTIMP = "NOTIMP"
    FORMERR = "FORMERR"
    NXDOMAIN = "NXDOMAIN"
    NODATA = "NODATA"
    EMPTY = "EMPTY"
    """NOERROR with no record at all: without an SOA it is not a negative answer (RFC 2308)."""
    TIMEOUT = "TIMEOUT"
    """The question is recorded and never answered."""
    DELAY = "DELAY"
    """The true answer, sent after `seconds`."""
    UNREACHABLE = "UNREACHABLE"
    """UDP gets ICMP *port unreachable*, as from a host without a DNS; a TCP connection is reset."""
    TRUNCATE = "TRUNCATE"
    """UDP gets TC and no record; TCP works."""
    TRUNCATE_REFUSED = "TRUNCATE_REFUSED"
    """As TRUNCATE, and TCP connections are refused: nothing listens on TCP port 53 in the whole world."""
    TRUNCATE_HANG = "TRUNCATE_HANG"
    """As TRUNCATE; over TCP the question is recorded and not answered. `seconds`: when TCP is closed, 0 means never."""
    HUGE = "HUGE"
    """The true answer, padded with TXT records to more than `octets` octets."""
    CNAME_LOOP = "CNAME_LOOP"
    """Two aliases that point to each other."""
    CNAME_CHAIN = "CNAME_CHAIN"
    """Twenty aliases, and the true answer at their end."""
    ANSWER = "ANSWER"
    """`records` in place of the true answer."""
    ROTATE = "ROTATE"
    """The true records in rotating order (round robin)."""
    TTL_ZERO = "TTL_ZERO"
    """The true answer with a TTL of 0."""
    MIXED_CASE = "MIXED_CASE"
    """The true answer with its names in mIxEd case."""
    AUTHENTIC = "AUTHENTIC"
    """The true answer with the AD bit, as from a validating resolver, if the question has AD or DO (RFC 6840)."""
    WRONG_ID = "WRONG_ID"
    """The true answer with a wrong message id."""
    WRONG_QUESTION = "WRONG_QUESTION"
    """The true answer with another name in the question section."""
    CUT_HEADER = "CUT_HEADER"
    """The first seven octets of the header, which has twelve."""
    CUT_NAME = "CUT_NAME"
    """The true answer, cut off inside the name of its question."""
    CUT_RECORD = "CUT_RECORD"
    """The true answer without its last three octets."""
    COMPRESSION_LOOP = "COMPRESSION_LOOP"
    """A record whose name is a pointer to itself."""
    WRONG_COUNTS = "WRONG_COUNTS"
    """The true answer with a header that counts two records too many."""
    TRAILING_GARBAGE = "TRAILING_GARBAGE"
    """The true answer and sixteen octets of garbage."""
    GARBAGE = "GARBAGE"
    """The right id and 48 octets of garbage."""


OUTAGES = frozenset(FaultKind) - {
    FaultKind.NXDOMAIN, FaultKind.NODATA, FaultKind.EMPTY, FaultKind.DELAY, FaultKind.TRUNCATE, FaultKind.HUGE,
    FaultKind.CNAME_CHAIN, FaultKind.ANSWER, FaultKind.ROTATE, FaultKind.TTL_ZERO, FaultKind.MIXED_CASE,
    FaultKind.AUTHENTIC,
}  # fmt: skip
"""Kinds that give no answer about the name, so that no permanent refusal may follow from them."""
_TRUNCATES = frozenset({FaultKind.TRUNCATE, FaultKind.TRUNCATE_REFUSED, FaultKind.TRUNCATE_HANG})


@dataclass(frozen=True)
class DnsLookup:
    """What a fault is matched against: the question, who asked it, and how."""

    name: str
    type: str
    client: str = ""
    transport: str = "udp"
    server: str = ""


@dataclass(frozen=True)
class Fault:
    """One way in which certain DNS questions go wrong.

    `name` is a domain name, `*.` and a domain name for everything below it, or `*` for every name;
    `type` is a record type or `ANY` for every type. Raises `InputError` for what cannot happen.

    >>> print(Fault("*.far.example", FaultKind.TIMEOUT, "MX", nth=1))
    *.far.example MX (TIMEOUT, question 1)
    """

    name: str
    kind: FaultKind
    type: str = "ANY"
    seconds: float = 0.0
    """`DELAY`: the delay. `TRUNCATE_HANG`: when its TCP connection is closed; 0 means never."""
    client: str | None = None
    """Only questions from this address, such as one of several mail hosts."""
    transport: str | None = None
    """Only `udp` or `tcp`."""
    resolver: str | None = None
    """Only questions to this address, such as one lame resolver beside others that work."""
    nth: int = 0
    """Only the n-th question that matches the other conditions, counted from 1 in each run; 0 means every one."""
    octets: int = 512
    """Only for `HUGE`."""
    records: tuple[str, ...] = ()
    """Only for `ANSWER`: type and data as in a zone file, `A 192.0.2.1`."""

    def __post_init__(self) -> None:
        """Raise InputError for a fault that cannot occur."""
        for problem in (self._name_problem(), self._condition_problem(), self._kind_problem()):
            if problem:
                raise InputError(f"the fault {self.kind} of {self.name!r} {problem}")

    def matches(self, asked: DnsLookup) -> bool:
        """Whether this fault is about the question, `nth` left out; names compare without case and root dot."""
        if self.type.upper() not in ("ANY", asked.type.upper()) or self.transport not in (None, asked.transport):
            return False
        if not (_same(self.client, asked.client) and _same(self.resolver, asked.server)):
            return False
        if self.kind in (FaultKind.TRUNCATE, FaultKind.TRUNCATE_REFUSED) and asked.transport == "tcp":
            return False  # Over TCP the answer is complete, or the connection is refused.
        name, mine = asked.name.rstrip(".").lower(), self.name.rstrip(".").lower()
        return mine == "*" or (name.endswith(mine[1:]) if mine.startswith("*.") else name == mine)

    def answers(self, name: str) -> tuple[Record, ...]:
        """The records of an `ANSWER` with that owner name; raises InputError if they cannot be parsed."""
        rows = "\n".join(f"{name.rstrip('.')}. {record}" for record in self.records)
        zone = Zone.parse(ZoneText(rows, f"the records of the fault {self.kind} of {self.name}", origin="."))
        return tuple(
            r for node in zone.nodes.values() for rtype, found in node.items() if rtype != "SOA" for r in found
        )

    def __str__(self) -> str:
        conditions = {
            "from": self.client, "over": self.transport, "at": self.resolver, "question": self.nth or None,
        }  # fmt: skip
        said = "".join(f", {word} {value}" for word, value in conditions.items() if value)
        return f"{self.name} {self.type} ({self.kind}{said})"

    def _name_problem(self) -> str | None:
        try:
            absolute_name(self.name.removeprefix("*.") if self.name != "*" else "any")
        except ValueError as error:
            return f"is about no name: {error}"
        if self.type.upper() not in _ASKABLE and not re.fullmatch(r"TYPE\d{1,5}", self.type.upper()):
            return f"is about the type {self.type!r}; there are {', '.join(_ASKABLE)} and TYPE with a number"
        return None

    def _condition_problem(self) -> str | None:
        for what, address in (("client", self.client), ("resolver", self.resolver)):
            if address is not None and not _is_address(address):
                return f"names the {what} {address!r}, which is no IP address"
        if self.transport not in (None, *_TRANSPORTS):
            return f"goes over {self.transport!r}; there are udp and tcp"
        if self.kind in _TRUNCATES and self.transport == "tcp":
            return "goes over tcp, which truncates nothing; leave the transport out"
        if self.kind is FaultKind.TRUNCATE_HANG and self.transport is not None:
            return "goes over one transport, but it is about both: UDP is truncated and TCP hangs"
        if self.nth < 0:
            return f"is about question {self.nth}; the first is 1, and 0 means each"
        return None

    def _kind_problem(self) -> str | None:
        if not (math.isfinite(self.seconds) and self.seconds >= 0):
            return f"takes {self.seconds} seconds; write a number from 0 on"
        if self.seconds and self.kind not in (FaultKind.DELAY, FaultKind.TRUNCATE_HANG):
            return "has seconds; only DELAY and TRUNCATE_HANG take some"
        self.answers("any")
        if bool(self.records) != (self.kind is FaultKind.ANSWER):
            return "has records; only ANSWER takes some" if self.records else "lacks its records: what is the answer?"
        if not (0 < self.octets <= _HUGE_MOST):
            return f"is about {self.octets} octets; from 1 to {_HUGE_MOST} are possible"
        return None


Faults = CountedRules[Fault, DnsLookup]
"""The faults of a world in order, with the number of questions that each has matched in this run."""
AppliedFault = Applied[Fault]
"""The fault that applies to a question."""


def _is_address(text: str) -> bool:
    try:
        return not getattr(ip_address(text), "scope_id", None)
    except ValueError:
        return False


def _same(wanted: str | None, address: str) -> bool:
    return wanted is None or wanted == address or (_is_address(address) and ip_address(wanted) == ip_address(address))

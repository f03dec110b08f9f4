"""Faults: what can go wrong with a DNS question, as data.

A fault names questions and says what happens to them instead of the truth. The first fault
that matches wins, so a narrow one goes before a wide one. What each kind does to an answer is in
`faulty_answer.py`, what it does to the packet in `faulty_packet.py`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address

from postfix_lab.dns.name import absolute_name
from postfix_lab.dns.record_data import TYPES
from postfix_lab.dns.zone import Record, Zone
from postfix_lab.dns.zonefile import ZoneText
from postfix_lab.errors import InputError

_TRANSPORTS = ("udp", "tcp")
_ASKABLE = ("ANY", *TYPES, "CDS", "DNSKEY", "DS", "HINFO", "HTTPS", "NAPTR", "NSEC", "NSEC3", "RRSIG", "SSHFP", "SVCB")
_HUGE_MOST = 60_000


class FaultKind(StrEnum):
    """What goes wrong (RFC 1035 section 4.1.1 for the rcodes)."""

    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    NOTIMP = "NOTIMP"
    FORMERR = "FORMERR"
    NXDOMAIN = "NXDOMAIN"
    NODATA = "NODATA"
    EMPTY = "EMPTY"
    """NOERROR and nothing else: no record, and no SOA that would make it a negative answer (RFC 2308)."""
    TIMEOUT = "TIMEOUT"
    """The question is recorded and never answered."""
    DELAY = "DELAY"
    """The true answer comes `seconds` late."""
    UNREACHABLE = "UNREACHABLE"
    """UDP gets ICMP *port unreachable*, as from a host without a DNS; a TCP connection is reset."""
    TRUNCATE = "TRUNCATE"
    """UDP gets TC and no record; TCP works."""
    TRUNCATE_REFUSED = "TRUNCATE_REFUSED"
    """The same, and TCP connections are refused: in such a world nobody listens on TCP port 53."""
    TRUNCATE_HANG = "TRUNCATE_HANG"
    """The same, and the question is taken over TCP, recorded, and never answered; closed after `seconds`, if given."""
    HUGE = "HUGE"
    """The true answer among so many TXT records that it has more than `octets` octets."""
    CNAME_LOOP = "CNAME_LOOP"
    """Two aliases that point to each other."""
    CNAME_CHAIN = "CNAME_CHAIN"
    """Twenty aliases, and the true answer at their end."""
    ANSWER = "ANSWER"
    """These `records` instead of the truth."""
    ROTATE = "ROTATE"
    """The true records, each time with another one in front (round robin)."""
    TTL_ZERO = "TTL_ZERO"
    """The true answer, good for this moment only."""
    MIXED_CASE = "MIXED_CASE"
    """The true answer, its names in tHiS case."""
    AUTHENTIC = "AUTHENTIC"
    """The true answer with the AD bit, as from a resolver that validates, if the asker said AD or DO (RFC 6840)."""
    WRONG_ID = "WRONG_ID"
    """The true answer, for another question's id."""
    WRONG_QUESTION = "WRONG_QUESTION"
    """The true answer below another question."""
    CUT_HEADER = "CUT_HEADER"
    """Seven octets, of the twelve that a header has."""
    CUT_NAME = "CUT_NAME"
    """The true answer, cut off inside the name of its question."""
    CUT_RECORD = "CUT_RECORD"
    """The true answer without its last three octets."""
    COMPRESSION_LOOP = "COMPRESSION_LOOP"
    """A record whose name is a pointer to itself."""
    WRONG_COUNTS = "WRONG_COUNTS"
    """The true answer, whose header promises two records more."""
    TRAILING_GARBAGE = "TRAILING_GARBAGE"
    """The true answer and sixteen octets that mean nothing."""
    GARBAGE = "GARBAGE"
    """The right id and 48 octets that mean nothing."""


OUTAGES = frozenset(FaultKind) - {
    FaultKind.NXDOMAIN, FaultKind.NODATA, FaultKind.EMPTY, FaultKind.DELAY, FaultKind.TRUNCATE, FaultKind.HUGE,
    FaultKind.CNAME_CHAIN, FaultKind.ANSWER, FaultKind.ROTATE, FaultKind.TTL_ZERO, FaultKind.MIXED_CASE,
    FaultKind.AUTHENTIC,
}  # fmt: skip
"""Kinds that say nothing about the name, so that nothing final may follow from them. The others are answers."""
_TRUNCATES = frozenset({FaultKind.TRUNCATE, FaultKind.TRUNCATE_REFUSED, FaultKind.TRUNCATE_HANG})


@dataclass(frozen=True)
class Asked:
    """A question as faults see it."""

    name: str
    type: str
    client: str = ""
    transport: str = "udp"
    server: str = ""


@dataclass(frozen=True)
class Fault:
    """DNS questions that go wrong in one way.

    `name` is a domain name, `*.` and a domain name for everything below it, or `*` for every name;
    `type` is a record type or `ANY` for every type. Raises `InputError` for what cannot happen.

    >>> print(Fault("*.far.example", FaultKind.TIMEOUT, "MX", nth=1))
    *.far.example MX (TIMEOUT, question 1)
    """

    name: str
    kind: FaultKind
    type: str = "ANY"
    seconds: float = 0.0
    """For `DELAY`: how late; for `TRUNCATE_HANG`: when its TCP connection is closed, 0 means never."""
    client: str | None = None
    """Only questions from this address: one mail host of several."""
    transport: str | None = None
    """Only `udp` or `tcp`."""
    resolver: str | None = None
    """Only questions to this address: a resolver that is lame or dead, beside others that are not."""
    nth: int = 0
    """Only the n-th question that all the rest matches, counted from 1 in each run; 0 means each of them."""
    octets: int = 512
    """For `HUGE` alone."""
    records: tuple[str, ...] = ()
    """For `ANSWER` alone: type and data as in a zone, `A 192.0.2.1`."""

    def __post_init__(self) -> None:
        """Refuses what cannot happen, with a sentence."""
        for problem in (self._name_problem(), self._condition_problem(), self._kind_problem()):
            if problem:
                raise InputError(f"the fault {self.kind} of {self.name!r} {problem}")

    def matches(self, asked: Asked) -> bool:
        """Whether this fault is about that question, the n-th or not; names compare without case and root dot."""
        if self.type.upper() not in ("ANY", asked.type.upper()) or self.transport not in (None, asked.transport):
            return False
        if not (_same(self.client, asked.client) and _same(self.resolver, asked.server)):
            return False
        if self.kind in (FaultKind.TRUNCATE, FaultKind.TRUNCATE_REFUSED) and asked.transport == "tcp":
            return False  # What was truncated comes whole, or is not asked for at all.
        name, mine = asked.name.rstrip(".").lower(), self.name.rstrip(".").lower()
        return mine == "*" or (name.endswith(mine[1:]) if mine.startswith("*.") else name == mine)

    def answers(self, name: str) -> tuple[Record, ...]:
        """The records of an `ANSWER`, as that name's; raises InputError where they cannot be read."""
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


@dataclass(frozen=True)
class FaultChoice:
    """The fault that decides a question."""

    number: int
    """Its place among the world's faults."""
    fault: Fault
    count: int
    """How many such questions there were, this one included."""


@dataclass
class Faults:
    """The faults of a world in their order, and how often each was asked for since the run began."""

    declared: tuple[Fault, ...] = ()
    _counts: dict[int, int] = field(default_factory=dict)

    def choose(self, asked: Asked) -> FaultChoice | None:
        """The first fault that matches, or none; each one that matches counts the question, whoever decides it."""
        chosen: FaultChoice | None = None
        for number, fault in enumerate(self.declared):
            if not fault.matches(asked):
                continue
            count = self._counts[number] = self._counts.get(number, 0) + 1
            if chosen is None and fault.nth in (0, count):
                chosen = FaultChoice(number, fault, count)
        return chosen

    def recount(self) -> None:
        """A new run begins: the next question is the first again."""
        self._counts.clear()

    @property
    def tcp_refused(self) -> bool:
        """Whether nobody shall listen on TCP port 53."""
        return any(fault.kind is FaultKind.TRUNCATE_REFUSED for fault in self.declared)


def _is_address(text: str) -> bool:
    try:
        return not getattr(ip_address(text), "scope_id", None)
    except ValueError:
        return False


def _same(wanted: str | None, address: str) -> bool:
    return wanted is None or wanted == address or (_is_address(address) and ip_address(wanted) == ip_address(address))

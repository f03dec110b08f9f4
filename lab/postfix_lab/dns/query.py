"""A question that the lab's DNS was asked, and what it said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from postfix_lab.dns.fault import FaultKind
from postfix_lab.text import printable, stamp


@dataclass(frozen=True)
class Query:
    """One question with its outcome; `at` is seconds since the epoch, on the Internet's clock.

    `outcome` is what was said: `NOERROR` (with `answers`), `NODATA`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`,
    `NOTIMP`, `FORMERR`; `TIMEOUT` and `UNREACHABLE`, where nothing was; `UNRELATED`, an answer to something else;
    `MALFORMED`, a packet that cannot be read (`packet` is what it was). `answers` are the records of the answer
    section in presentation format without name, class and TTL (`MX 10 mx.lab.test.`).
    """

    at: float
    client: str
    server: str
    transport: str
    """`udp` or `tcp`."""
    name: str
    """Lower case, without the root dot."""
    type: str
    outcome: str
    answers: tuple[str, ...] = ()
    fault: FaultKind | None = None
    """The declared fault that was hit, if one was."""
    outside: bool = False
    """The name is in none of the declared zones."""
    stray: bool = False
    """Asked of an address that no mail host's resolv.conf names: refused and recorded."""
    truncated: bool = False
    fault_number: int | None = None
    """The place of that fault among those of the world (`World.dns_faults`)."""
    octets: int = 0
    """How long the packet was that was sent."""
    packet: str = ""
    """The packet in hexadecimal, where a fault made it one that the records alone do not tell."""


def query_line(query: Query) -> str:
    """One question with what its asker learned: `203.example MX -> 10 mx.example`."""
    told = ", ".join(bare_answer(answer, query.type) for answer in query.answers)
    said = told if told and query.outcome == "NOERROR" else f"{query.outcome} {told}".rstrip()
    notes = [
        *(["stray"] if query.stray else []),
        *(["outside the zones"] if query.outside else []),
        *([f"fault {query.fault}"] if query.fault else []),
        *(["truncated"] if query.truncated else []),
        *(["over TCP"] if query.transport == "tcp" else []),
    ]
    noted = f" ({', '.join(notes)})" if notes else ""
    return printable(f"{query.name} {query.type} -> {said}{noted}")


def query_lines(query: Query, *, server: bool) -> Iterator[str]:
    """The same with its time, on request with the resolver that was asked; below it a packet that was mangled."""
    yield f"{stamp(query.at)} {query_line(query)}{printable(f' at {query.server}') if server else ''}"
    if query.packet:
        yield f"    sent {query.octets} octets: {printable(query.packet)}"


def bare_answer(answer: str, rtype: str) -> str:
    """Drop the record's own type when it is the one that was asked for, and the root dot."""
    bare = answer.removeprefix(f"{rtype} ")
    return bare[:-1] if bare.endswith(".") and len(bare) > 1 else bare

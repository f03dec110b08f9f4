"""A question that the lab's DNS received, and its answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from postfix_lab.dns.fault import FaultKind
from postfix_lab.text import printable, stamp


@dataclass(frozen=True)
class Query:
    """One question with its outcome; `at` is seconds since the epoch, on the Internet's clock.

    `outcome` is `NOERROR` (with `answers`), `NODATA`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, `NOTIMP` or `FORMERR`;
    `TIMEOUT` or `UNREACHABLE` if no answer was sent; `UNRELATED` for an answer to another question; `MALFORMED` for a
    packet that cannot be parsed (`packet` holds it). `answers` are the records of the answer section in presentation
    format without name, class and TTL (`MX 10 mx.lab.test.`).
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
    """The declared fault that applied, if one did."""
    outside: bool = False
    """The name is in none of the declared zones."""
    stray: bool = False
    """Sent to an address that no mail host's resolv.conf names: refused and recorded."""
    truncated: bool = False
    fault_number: int | None = None
    """The index of that fault among those of the world (`World.dns_faults`)."""
    octets: int = 0
    """The length of the packet that was sent."""
    packet: str = ""
    """The packet in hexadecimal, if a fault altered the packet itself."""


def query_line(query: Query) -> str:
    """One question with its answer: `203.example MX -> 10 mx.example`."""
    answers = ", ".join(bare_answer(answer, query.type) for answer in query.answers)
    result = answers if answers and query.outcome == "NOERROR" else f"{query.outcome} {answers}".rstrip()
    notes = [
        *(["stray"] if query.stray else []),
        *(["outside the zones"] if query.outside else []),
        *([f"fault {query.fault}"] if query.fault else []),
        *(["truncated"] if query.truncated else []),
        *(["over TCP"] if query.transport == "tcp" else []),
    ]
    noted = f" ({', '.join(notes)})" if notes else ""
    return printable(f"{query.name} {query.type} -> {result}{noted}")


def query_lines(query: Query, *, server: bool) -> Iterator[str]:
    """`query_line` with its time; `server` adds the resolver's address. A packet altered by a fault follows."""
    yield f"{stamp(query.at)} {query_line(query)}{printable(f' at {query.server}') if server else ''}"
    if query.packet:
        yield f"    sent {query.octets} octets: {printable(query.packet)}"


def bare_answer(answer: str, rtype: str) -> str:
    """The answer without its type, if that is the type of the question, and without the root dot."""
    bare = answer.removeprefix(f"{rtype} ")
    return bare[:-1] if bare.endswith(".") and len(bare) > 1 else bare

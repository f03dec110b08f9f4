"""A question that the lab's DNS was asked, and what it said."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.dns.fault import FaultKind


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

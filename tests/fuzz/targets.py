"""What is fuzzed: each target takes octets as somebody hostile would send or write them, and asserts what has to hold.

A crash is any exception but those that a target lets pass; a wrong classification is an assertion. The same targets are tried
by hypothesis in `make check`, for a moment, and by a fuzzer that is guided by coverage in `make fuzz`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import log, octets, written

SAMPLES = Path(__file__).parents[1] / "unit" / "postfix" / "samples"


@dataclass(frozen=True)
class Target:
    """One reader of the lab."""

    name: str
    take: Callable[[bytes], None]
    seeds: tuple[bytes, ...] = ()
    """Well-formed input, from which a fuzzer starts."""


def _lines(name: str, *, most: int = 400) -> tuple[bytes, ...]:
    return tuple(line.encode() for line in (SAMPLES / name).read_text("utf-8").splitlines()[:most])


def _texts(name: str, wanted: str) -> tuple[bytes, ...]:
    """The texts of one program's lines in a sample, behind an octet that names the program."""
    number = bytes([log.PROGRAMS.index(wanted)])
    rows = (line.split(" - -  ", 1) for line in (SAMPLES / name).read_text("utf-8").splitlines())
    return tuple(number + row[1].encode() for row in rows if len(row) == 2 and f" {wanted} " in row[0])


TARGETS = {
    target.name: target
    for target in (
        Target("packet", octets.packet, octets.QUESTIONS),
        Target("zone", octets.zone, octets.ZONES),
        Target("fault", octets.fault, (b"*.lab.test\0A\0A 192.0.2.1",)),
        Target("reply", octets.reply, (b"220 mx ESMTP\r\n250-mx\r\n250-SIZE\r\n250 2.0.0 Ok\r\n", b"450 4.7.1 no\n")),
        Target("line", log.line, tuple(text for program in log.PROGRAMS for text in _texts("bookworm.log", program))),
        Target("lines", log.lines, (b"\n".join(_texts("trixie.log", "postfix/smtpd")[:20]),)),
        Target("syslog", log.syslog, (b"\n".join(_lines("bullseye.log", most=5)), b"5 <1>1 7 <22>1 -")),
        Target("trace", log.trace, (b"\n".join(text[1:] for text in _texts("trace-trixie.log", "postfix/smtpd")[:120]),)),
        Target("talk", log.talk, log.TALK),
        Target("headers", written.headers, written.HEADERS),
        Target("sheet", written.sheet, written.SHEETS),
        Target("config", written.configuration, written.CONFIGURATIONS_BROUGHT),
        Target("suite", written.suite, written.SUITES),
        Target("declared", written.declared, (b"203.0.113.9\0mismatch:gmail.com\0gmail.com\0\0bob@lab.test\0RCPT",)),
        Target("orders", written.orders, tuple(bytes([number]) + bytes(6) for number in range(7))),
        Target("evidence", written.evidence_file, (b'0{"format": 2, "evidence": {}}', b"1", b"1" + bytes(9))),
        Target("reports", written.reports, (b"x\0y\0z",)),
    )
}

"""Declare the keys of `misbehaves`: each misbehaviour by its name, with the kind of its argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from postfix_lab.scenario import misbehaviour as client
from postfix_lab.scenario.misbehaviour import Misbehaviour
from postfix_lab.yaml.read.value_kind import Either, Key, Keys, Number, OneOf, Text, ValueKind
from postfix_lab.yaml.vocabulary.scalars import SECONDS, STAGE

_OCTETS = Number("a number of octets", 1, 10_000_000)
_SLOW = Keys("a pace", (
    Key("stage", STAGE, "the stage that is sent slowly; default: RCPT"),
    Key("pace", SECONDS, "seconds between two octets; default: 0.3"),
))  # fmt: skip


@dataclass(frozen=True)
class _Entry:
    """A misbehaviour, and how it is declared."""

    make: Callable[..., Misbehaviour]
    about: str
    kind: ValueKind | None = None
    """The kind of its argument; None if it takes none."""
    needed: bool = False
    """Whether the argument is required."""


BY_NAME = {
    "early-talk": _Entry(client.early_talk, "the first command before the banner"),
    "pipelined": _Entry(client.pipelined, "all commands in one write, without waiting for replies"),
    "smuggled": _Entry(
        client.smuggled,
        "a second message after this end-of-data sequence: `<LF>.<LF>`",
        Text("a sequence such as <LF>.<LF>"),
    ),
    "bare-lf": _Entry(client.bare_lf, "lines of the message that end in a bare LF"),
    "bare-cr": _Entry(client.bare_cr, "a bare CR in the middle of a line"),
    "lf-commands": _Entry(client.lf_commands, "commands that end in a bare LF"),
    "nul": _Entry(client.nul, "a NUL at that stage; default: in the message", STAGE),
    "eight-bit": _Entry(client.eight_bit, "octets above 127 at that stage; default: in the message", STAGE),
    "long-line": _Entry(client.long_line, "a line of the message with that number of octets", _OCTETS),
    "long-command": _Entry(
        client.long_command, "5000 octets more in the command of a stage; default: RCPT", STAGE
    ),
    "endless-headers": _Entry(
        client.endless_headers, "that number of header fields", Number("a number", 1, 1_000_000)
    ),
    "endless-header": _Entry(client.endless_header, "a header field with that number of octets", _OCTETS),
    "bdat": _Entry(
        client.bdat, "BDAT, misused in one of these ways", OneOf("an abuse of BDAT", client.ABUSES), needed=True
    ),
    "starttls-injection": _Entry(
        client.starttls_injection, "a command in the same write as STARTTLS", Text("a command")
    ),
    "ehlo-again": _Entry(client.ehlo_again, "a second EHLO, with another name, after that stage", STAGE),
    "slow": _Entry(client.slow, "one octet at a time at that stage", Either(STAGE, table=_SLOW)),
    "half-closed": _Entry(client.half_closed, "the client closes its half of the connection after that stage", STAGE),
    "reset-in-data": _Entry(client.reset_in_data, "a TCP RST in the middle of the message"),
    "many-recipients": _Entry(client.many_recipients, "that number of recipients", Number("a number", 1, 100_000)),
}
MISBEHAVES = Either(
    OneOf("a misbehaviour that needs no argument", tuple(name for name, key in BY_NAME.items() if not key.needed)),
    table=Keys("a misbehaviour", tuple(Key(name, key.kind, key.about) for name, key in BY_NAME.items() if key.kind)),
)

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
    Key("stage", STAGE, "what is said slowly"),
    Key("pace", SECONDS, "seconds between two octets"),
))  # fmt: skip


@dataclass(frozen=True)
class MisbehaviourKey:
    """A misbehaviour, and how it is declared."""

    make: Callable[..., Misbehaviour]
    about: str
    kind: ValueKind | None = None
    """The kind of its argument; None if it takes none."""
    needed: bool = False
    """Whether the argument is required."""


BY_NAME = {
    "early-talk": MisbehaviourKey(client.early_talk, "the first command before the banner"),
    "pipelined": MisbehaviourKey(client.pipelined, "everything in one go, whatever the replies are"),
    "smuggled": MisbehaviourKey(
        client.smuggled, "a second mail behind such a sequence: `<LF>.<LF>`", Text("a sequence such as <LF>.<LF>")
    ),
    "bare-lf": MisbehaviourKey(client.bare_lf, "lines of the message end in LF"),
    "bare-cr": MisbehaviourKey(client.bare_cr, "a CR in the middle of a line"),
    "lf-commands": MisbehaviourKey(client.lf_commands, "commands end in LF"),
    "nul": MisbehaviourKey(client.nul, "a NUL in what is said at that stage; the message, if it is not said", STAGE),
    "eight-bit": MisbehaviourKey(client.eight_bit, "octets above 127 there, which were not announced", STAGE),
    "long-line": MisbehaviourKey(client.long_line, "a line of the message of so many octets", _OCTETS),
    "long-command": MisbehaviourKey(
        client.long_command, "5000 octets too many in that command; RCPT, if not said", STAGE
    ),
    "endless-headers": MisbehaviourKey(
        client.endless_headers, "so many header fields", Number("a number", 1, 1_000_000)
    ),
    "endless-header": MisbehaviourKey(client.endless_header, "one header field of so many octets", _OCTETS),
    "bdat": MisbehaviourKey(
        client.bdat, "BDAT, in one of these ways", OneOf("an abuse of BDAT", client.ABUSES), needed=True
    ),
    "starttls-injection": MisbehaviourKey(client.starttls_injection, "a command behind STARTTLS", Text("a command")),
    "ehlo-again": MisbehaviourKey(client.ehlo_again, "EHLO by another name after that stage", STAGE),
    "slow": MisbehaviourKey(client.slow, "one octet at a time, every 0.3 s or at a `pace`", Either(STAGE, table=_SLOW)),
    "half-closed": MisbehaviourKey(client.half_closed, "our half of the connection ends behind that stage", STAGE),
    "reset-in-data": MisbehaviourKey(client.reset_in_data, "a TCP RST in the middle of the message"),
    "many-recipients": MisbehaviourKey(client.many_recipients, "so many recipients", Number("a number", 1, 100_000)),
}
MISBEHAVES = Either(
    OneOf("a misbehaviour that needs no more words", tuple(name for name, key in BY_NAME.items() if not key.needed)),
    table=Keys("a misbehaviour", tuple(Key(name, key.kind, key.about) for name, key in BY_NAME.items() if key.kind)),
)

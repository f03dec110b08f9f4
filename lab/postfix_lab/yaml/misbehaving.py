"""Read `misbehaves`: the name of a misbehaviour, or a table with the name and its argument."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast, get_args

from postfix_lab.scenario import misbehaviour as client
from postfix_lab.scenario.misbehaviour import Misbehaviour
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.yaml.layers import Section, at_node
from postfix_lab.yaml.node import ScalarNode, TableNode, YamlNode
from postfix_lab.yaml.value_kind import Either, Key, Keys, Number, OneOf, Text, ValueKind

_STAGE = OneOf("a stage", get_args(Stage))
_OCTETS = Number("a number of octets", 1, 10_000_000)
_SLOW = Keys("a pace", (
    Key("stage", _STAGE, "what is said slowly"),
    Key("pace", Number("a number of seconds", 0.001, 3600, whole=False), "seconds between two octets"),
))  # fmt: skip


@dataclass(frozen=True)
class _Entry:
    make: Callable[..., Misbehaviour]
    about: str
    kind: ValueKind | None = None
    """The kind of its argument; None if it takes none."""
    needed: bool = False
    """Whether the argument is required."""


_BY_NAME = {
    "early-talk": _Entry(client.early_talk, "the first command before the banner"),
    "pipelined": _Entry(client.pipelined, "everything in one go, whatever the replies are"),
    "smuggled": _Entry(
        client.smuggled, "a second mail behind such a sequence: `<LF>.<LF>`", Text("a sequence such as <LF>.<LF>")
    ),
    "bare-lf": _Entry(client.bare_lf, "lines of the message end in LF"),
    "bare-cr": _Entry(client.bare_cr, "a CR in the middle of a line"),
    "lf-commands": _Entry(client.lf_commands, "commands end in LF"),
    "nul": _Entry(client.nul, "a NUL in what is said at that stage; the message, if it is not said", _STAGE),
    "eight-bit": _Entry(client.eight_bit, "octets above 127 there, which were not announced", _STAGE),
    "long-line": _Entry(client.long_line, "a line of the message of so many octets", _OCTETS),
    "long-command": _Entry(client.long_command, "5000 octets too many in that command; RCPT, if not said", _STAGE),
    "endless-headers": _Entry(client.endless_headers, "so many header fields", Number("a number", 1, 1_000_000)),
    "endless-header": _Entry(client.endless_header, "one header field of so many octets", _OCTETS),
    "bdat": _Entry(
        client.bdat, "BDAT, in one of these ways", OneOf("an abuse of BDAT", client.ABUSES), needed=True
    ),
    "starttls-injection": _Entry(client.starttls_injection, "a command behind STARTTLS", Text("a command")),
    "ehlo-again": _Entry(client.ehlo_again, "EHLO by another name after that stage", _STAGE),
    "slow": _Entry(client.slow, "one octet at a time, every 0.3 s or at a `pace`", Either(_STAGE, table=_SLOW)),
    "half-closed": _Entry(client.half_closed, "our half of the connection ends behind that stage", _STAGE),
    "reset-in-data": _Entry(client.reset_in_data, "a TCP RST in the middle of the message"),
    "many-recipients": _Entry(client.many_recipients, "so many recipients", Number("a number", 1, 100_000)),
}
MISBEHAVES = Either(
    OneOf("a misbehaviour that needs no more words", tuple(name for name, one in _BY_NAME.items() if not one.needed)),
    table=Keys("a misbehaviour", tuple(Key(name, one.kind, one.about) for name, one in _BY_NAME.items() if one.kind)),
)


def misbehaviour(node: YamlNode, section: Section) -> Misbehaviour:
    """Return the misbehaviour that the node names; a table has exactly one key."""
    if isinstance(node, ScalarNode):
        return _BY_NAME[node.text].make()
    pairs = list(node) if isinstance(node, TableNode) else []
    if len(pairs) != 1:
        raise node.place.error("a client misbehaves in one way; write one key, or nothing but a name")
    ((key, value),) = pairs
    with at_node(value):
        if isinstance(value, TableNode):
            about = section.of(value)
            return client.slow(cast("Stage", about.text("stage") or "RCPT"), float(about.text("pace") or "0.3"))
        text = section.fill(value)
        return _BY_NAME[key.text].make(int(text) if isinstance(_BY_NAME[key.text].kind, Number) else text)

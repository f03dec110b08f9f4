"""What a `Conversation` asks of its connection, one action at a time, and what comes back; no I/O."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

from postfix_lab.smtp import wire
from postfix_lab.smtp.dialogue import Drop, HalfClose, Meet
from postfix_lab.smtp.transcript import Ending


class LineBroke(Exception):
    """The line is over: how, and why."""

    def __init__(self, ended: Ending, why: str | None = None) -> None:
        super().__init__(why or ended)
        self.ended: Ending = ended
        self.why = why


class Say(NamedTuple):
    """Send these octets; brings nothing."""

    octets: bytes
    asks: int = 1
    """How many replies may come to it at once."""


@dataclass(frozen=True)
class Hear:
    """Wait for a reply; brings it with its seconds."""


@dataclass(frozen=True)
class Listen:
    """Wait so long for a reply; brings it as `Hear` does, or nothing."""

    seconds: float


@dataclass(frozen=True)
class Handshake:
    """Begin TLS; brings nothing."""


@dataclass(frozen=True)
class AwaitHangUp:
    """Give the server some seconds to close the line; brings nothing if it did not."""

    seconds: float = 5.0


Action = Say | Hear | Listen | Handshake | AwaitHangUp | Meet | HalfClose | Drop
Reading = tuple[wire.RawReply, float]
"""A reply, and the seconds that it took."""
Heard = Reading | None
Actions = Generator[Action, Heard, None]

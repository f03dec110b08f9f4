"""The actions that a `Conversation` asks of its connection, and their results; no I/O."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

from postfix_lab.smtp import wire
from postfix_lab.smtp.dialogue import Drop, HalfClose, Meet
from postfix_lab.smtp.transcript import Ending


class ConnectionEnded(Exception):
    """The connection has ended; `ended` says how, `why` gives the reason."""

    def __init__(self, ended: Ending, why: str | None = None) -> None:
        super().__init__(why or ended)
        self.ended: Ending = ended
        self.why = why


class Say(NamedTuple):
    """Send these octets; the result is None."""

    octets: bytes
    asks: int = 1
    """How many replies may arrive for it at once."""


@dataclass(frozen=True)
class Hear:
    """Wait for a reply; the result is the reply with its seconds."""


@dataclass(frozen=True)
class Listen:
    """Wait at most `seconds` for a reply; the result is that of `Hear`, or None."""

    seconds: float


@dataclass(frozen=True)
class Handshake:
    """Start TLS; the result is None."""


@dataclass(frozen=True)
class AwaitHangUp:
    """Wait at most `seconds` for the server to close the connection; the result is None if it did not."""

    seconds: float = 5.0


Action = Say | Hear | Listen | Handshake | AwaitHangUp | Meet | HalfClose | Drop
Reading = tuple[wire.RawReply, float]
"""A reply, and the seconds until it was complete."""
Heard = Reading | None
Actions = Generator[Action, Heard, None]

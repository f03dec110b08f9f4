"""The address of a piece of evidence: an exchange, log line, question, message, answer, ... by its number.

Findings, outcomes, the timeline and `verdict.json` all point into the evidence by an `Address`. Numbers count from 0,
in the order of the evidence's own tuples, so that an address leads to the same piece in `evidence.json`. In JSON an
address is an object such as `{"session": 0, "exchange": 3}` or `{"log": 12}`.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postfix_lab.evidence.evidence import Evidence

Part = Literal["session", "log", "other_log", "query", "message", "answer", "submitted", "request"]
_TUPLES: dict[Part, str] = {
    "session": "sessions",
    "log": "log",
    "other_log": "other_log",
    "query": "queries",
    "message": "messages",
    "answer": "answered",
    "submitted": "submitted",
    "request": "requests",
}
_NUMBER = {"type": "integer", "minimum": 0}
SCHEMA: dict[str, Any] = {
    "anyOf": [
        {
            "type": "object",
            "properties": {part: _NUMBER, **({"exchange": _NUMBER} if part == "session" else {})},
            "required": [part],
            "additionalProperties": False,
        }
        for part in _TUPLES
    ]
}
"""The JSON Schema of `Address.data`."""


@dataclass(frozen=True)
class Address:
    """The number of a piece of evidence; `exchange` selects one exchange of a session."""

    part: Part
    number: int
    exchange: int | None = None

    def data(self) -> dict[str, int]:
        """Return the address as plain values for JSON."""
        return {self.part: self.number, **({} if self.exchange is None else {"exchange": self.exchange})}


def address_of(evidence: Evidence, piece: object) -> Address | None:
    """Return the address of a piece; None if the evidence has no equal piece.

    Of several equal pieces it is that of the same object, else of the first.
    """
    for same in (operator.is_, operator.eq):
        for part, name in _TUPLES.items():
            for number, known in enumerate(getattr(evidence, name)):
                if same(known, piece):
                    return Address(part, number)
                for exchange, spoken in enumerate(known.exchanges if part == "session" else ()):
                    if same(spoken, piece):
                        return Address(part, number, exchange)
    return None


def piece_at(evidence: Evidence, address: Address) -> object:
    """Return the piece at that address; raises IndexError if there is none."""
    found = getattr(evidence, _TUPLES[address.part])[address.number]
    return found if address.exchange is None else found.exchanges[address.exchange]


def pieces(evidence: Evidence) -> Iterator[tuple[Address, object]]:
    """Yield every piece with its address; a session is followed by its exchanges."""
    for part, name in _TUPLES.items():
        for number, piece in enumerate(getattr(evidence, name)):
            yield Address(part, number), piece
            if part == "session":
                for exchange, spoken in enumerate(piece.exchanges):
                    yield Address(part, number, exchange), spoken

"""The address of a piece of evidence: an exchange, log line, question, message or answer, by its number.

Numbers count from 0, in the order of the evidence's own tuples, so that an address leads to the same piece in
`evidence.json`. In JSON an address is an object such as `{"session": 0, "exchange": 3}` or `{"log": 12}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from postfix_lab.evidence.evidence import Evidence

Part = Literal["session", "log", "other_log", "query", "message", "answer"]
_TUPLES: dict[Part, str] = {
    "session": "sessions",
    "log": "log",
    "other_log": "other_log",
    "query": "queries",
    "message": "messages",
    "answer": "answered",
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


def locate(evidence: Evidence) -> Callable[[object], Address | None]:
    """Return a function that returns the address of a piece; None if the evidence has no equal piece.

    Of several equal pieces it returns that of the same object, else of the first.
    """
    known = {id(piece): address for address, piece in pieces(evidence)}

    def find(piece: object) -> Address | None:
        if piece is None or id(piece) in known:
            return known.get(id(piece))
        return next((address for address, found in pieces(evidence) if found == piece), None)

    return find


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
                for exchange, said in enumerate(piece.exchanges):
                    yield Address(part, number, exchange), said

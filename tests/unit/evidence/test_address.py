"""Addresses: each piece of evidence has one, and it leads back to that piece."""

from __future__ import annotations

from dataclasses import replace

import jsonschema
import pytest

from postfix_lab.evidence.address import SCHEMA, Address, address_of, piece_at, pieces
from postfix_lab.smtp.answer import Answered
from tests.unit.evidence_builder import evidence, log_of, session

RICH = evidence(
    sessions=(session(), session(RCPT="450 4.7.1 no")),
    other_log=log_of("master: daemon started"),
    answered=(Answered(1.0, "203.0.113.9", "192.0.2.21", "RCPT", "450 4.3.2 later", 0),),
)


def test_every_piece_is_found_by_its_address() -> None:
    """There and back, for each exchange, line, question, message and answer."""
    found = list(pieces(RICH))
    assert {address.part for address, _ in found} == {"session", "log", "other_log", "query", "message", "answer"}
    assert all(piece_at(RICH, address) is piece for address, piece in found)
    assert all(address_of(RICH, piece) == address for address, piece in found)


def test_address_is_an_object_in_json() -> None:
    """The part with its number; an exchange with that of its session; each is what the schema says."""
    assert Address("session", 0, 3).data() == {"session": 0, "exchange": 3}
    assert Address("log", 12).data() == {"log": 12}
    for address, _ in pieces(RICH):
        jsonschema.validate(address.data(), SCHEMA)


@pytest.mark.parametrize("wrong", [{}, {"log": -1}, {"log": 1, "exchange": 2}, {"line": 1}, {"exchange": 1}])
def test_what_is_no_address_is_refused(wrong: dict[str, int]) -> None:
    """The schema knows the parts, and that an exchange goes with a session."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_the_very_same_piece_is_meant_where_several_are_equal() -> None:
    """A line that is logged twice in the same moment is two lines; an equal copy is the first of them."""
    line = evidence().log[0]
    seen = evidence(log=(line, replace(line), *evidence().log[1:]))
    assert address_of(seen, seen.log[1]) == Address("log", 1)
    assert address_of(seen, replace(line)) == Address("log", 0)


def test_what_is_not_there_has_no_address() -> None:
    """Nothing, or a piece that somebody made up."""
    assert address_of(RICH, None) is None
    assert address_of(RICH, replace(RICH.log[0], text="never logged")) is None

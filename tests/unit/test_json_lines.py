"""Frames: what is a line, what is a request, and what is too long to be read."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postfix_lab import json_lines
from postfix_lab.errors import InputError, LabError
from postfix_lab.json_lines import (
    LineBuffer,
    LineTooLongError,
    Request,
    decode,
    encode,
    error_fields,
    error_from,
    read_line,
    read_request,
)
from tests.unit.hostile.profile import tried


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines of 20 octets at most."""
    monkeypatch.setattr(json_lines, "MAX_LINE", 20)


def test_a_request_crosses() -> None:
    """What one end encodes is what the other reads."""
    line = encode({"id": 7, "verb": "run", "arguments": {"limit": 3}})
    assert line == b'{"id": 7, "verb": "run", "arguments": {"limit": 3}}\n'
    assert read_request(line) == Request(7, "run", {"limit": 3})


def test_values_that_json_has_not() -> None:
    """They are made JSON by the function that the caller names."""

    @dataclass
    class Point:
        x: int

    assert encode({"value": Point(3)}, default=vars) == b'{"value": {"x": 3}}\n'


@pytest.mark.parametrize(
    "line", [b"", b"{", b"[]", b"7", b"null", b"\xff", b"[" * 50_000, b'{"id": "7"}', b'{"id": []}']
)
def test_what_is_no_message(line: bytes) -> None:
    """Whatever was sent instead, it is no exception of the decoder."""
    assert decode(line) is None
    with pytest.raises(InputError, match="a request is one line with a JSON object"):
        read_request(line)


@pytest.mark.parametrize(
    "message",
    [
        {"id": 1},
        {"id": 1, "verb": 3, "arguments": {}},
        {"id": 1, "verb": "run"},
        {"id": 1, "verb": "run", "arguments": []},
    ],
)
def test_a_request_has_a_verb_and_arguments(message: dict[str, Any]) -> None:
    """An object without them is refused in words."""
    with pytest.raises(InputError, match="has `id`, `verb` and `arguments`"):
        read_request(encode(message))


def test_a_line_that_is_too_long_is_not_sent(short: None) -> None:
    """The end that sends notices first."""
    assert len(encode({"id": 12345678901})) == 20
    with pytest.raises(LineTooLongError, match="a line is longer than 20 octets"):
        encode({"id": 123456789012})


def test_a_line_that_is_too_long_is_not_read(short: None) -> None:
    """No more than one octet beyond the limit is taken."""
    stream = io.BytesIO(b"x" * 19 + b"\n" + b"x" * 40)
    assert read_line(stream) == b"x" * 19 + b"\n"
    with pytest.raises(LineTooLongError):
        read_line(stream)
    assert stream.tell() == 41
    assert read_line(io.BytesIO()) == b""


def test_a_buffer_does_not_grow_without_end(short: None) -> None:
    """Octets without an end of a line are an error, and are not kept."""
    buffer = LineBuffer()
    assert list(buffer.add(b"x" * 19)) == []
    with pytest.raises(LineTooLongError):
        list(buffer.add(b"x"))
    assert list(buffer.add(b"y\n")) == [b"y"]


@tried()
@given(st.lists(st.binary(max_size=8)))
def test_a_buffer_puts_lines_together(pieces: list[bytes]) -> None:
    """Whatever the boundaries are, the lines are those of the whole."""
    buffer = LineBuffer()
    lines = [line for piece in pieces for line in buffer.add(piece)]
    assert lines == b"".join(pieces).split(b"\n")[:-1]


def test_errors_cross() -> None:
    """An error keeps its class, its file and its line."""
    wrong, broken = InputError("no such key", "a.yaml", 3), LabError("broken")
    found = error_from(error_fields(wrong))
    assert isinstance(found, InputError)
    assert (str(found), found.file, found.line) == (str(wrong), "a.yaml", 3)
    assert not isinstance(error_from(error_fields(broken)), InputError)
    assert str(error_from(error_fields(broken))) == "broken"


@pytest.mark.parametrize("fields", [None, "x", {}, {"message": 3}, []])
def test_errors_that_are_none(fields: object) -> None:
    """An error without a message is reported as that."""
    assert "reported without a message" in str(error_from(fields))

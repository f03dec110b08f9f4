"""The message of `send` is put together as swaks does it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from postfix_lab.cli.message_options import message
from postfix_lab.errors import InputError


def test_nothing_said_is_the_usual_message() -> None:
    """Then the dialogue has one of its own."""
    assert message(None, (), None) is None


def test_text_is_taken_as_it_is_typed() -> None:
    r"""A \n ends a line, as no shell makes line breaks easy."""
    assert message(r"Subject: x\n\nHello.\n", (), None) == "Subject: x\n\nHello.\n"
    assert message("@@home", (), None) == "@home"


def test_a_file_and_standard_input_are_octets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in them goes over the wire unchanged."""
    (tmp_path / "m").write_bytes(b"\xff\\n\n")
    assert message(f"@{tmp_path / 'm'}", (), None) == "\xff\\n\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xfe")))
    assert message("-", (), None) == "\xfe"


def test_headers_and_a_body() -> None:
    """A subject is there unless a header says another one."""
    assert message(None, ("X-A: 1",), "hi") == "Subject: lab\nX-A: 1\n\nhi\n"
    assert message(None, ("subject: mine",), "hi") == "subject: mine\n\nhi\n"
    assert message("Subject: x\n\ny\n", ("X-A: ü",), None) == "X-A: Ã¼\nSubject: x\n\ny\n"


@pytest.mark.parametrize("header", ["no colon", "X: a\nBcc: b", "X: a\rb"])
def test_a_header_is_one_line(header: str) -> None:
    """Whoever wants more of them says so."""
    with pytest.raises(InputError, match="takes one line"):
        message(None, (header,), None)

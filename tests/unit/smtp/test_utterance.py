"""A part of a dialogue as octets, as text and by the replies that it asks for."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.smtp.dialogue import Burst, Command, Drop, Message, Part, Raw, Stage, Step
from postfix_lab.smtp.utterance import base64_of, latin1, octets_of, replies_to, text_of, wants_go_ahead


@pytest.mark.parametrize(
    "part, octets, text",
    [
        (Command("HELO a"), b"HELO a\r\n", "HELO a"),
        (Command("MAIL FROM:<\u00fc@a.example>"), "MAIL FROM:<\u00fc@a.example>\r\n".encode(), "MAIL FROM:<\u00fc@a.example>"),
        (Command("\udcff"), b"\xff\r\n", "\udcff"),
        (Message("a\n.b\n"), b"a\r\n..b\r\n.\r\n", ". (7 octets)"),
        (Message("a\n.b\n", verbatim=True), b"a\n.b\n", "a\n.b\n"),
        (Raw("\xff\n"), b"\xff\n", "\xff\n"),
    ],
)
def test_a_part_as_octets_and_as_text(part: Part, octets: bytes, text: str) -> None:
    """A message is dot-stuffed and told by its length, unless it is sent as it is."""
    assert (octets_of(part), text_of(part)) == (octets, text)


@pytest.mark.parametrize(
    "step, after, wants",
    [
        (Message("a"), None, True),
        (Message("a"), "DATA", True),
        (Command("DATA", "DATA"), "RCPT", False),
        (Raw("a", stage="MESSAGE"), "DATA", True),
        (Raw("a", stage="MESSAGE"), "RCPT", False),
        (Raw("a", stage="OTHER"), "DATA", False),
        (Burst((Message("a"), Command("QUIT"))), "DATA", True),
        (Burst((Command("QUIT"), Message("a"))), "DATA", False),
        (Burst(()), "DATA", False),
        (Drop(), "DATA", False),
    ],
)
def test_what_waits_for_354(step: Step, after: Stage | None, *, wants: bool) -> None:
    """A message, also as the first part of a burst, and octets of one's own behind DATA."""
    assert wants_go_ahead(step, after) is wants


@pytest.mark.parametrize("part, count", [(Command("NOOP"), 1), (Message("a", replies=0), 0), (Raw("NOOP\r\nNOOP\r\n", 2), 2)])
def test_how_many_replies_are_owed(part: Part, count: int) -> None:
    """One for a command; the others say it."""
    assert replies_to(part) == count


def test_base64() -> None:
    """As AUTH PLAIN sends it (RFC 4616): UTF-8 first."""
    assert base64_of("\0ann\0\u00fc") == "AGFubgDDvA=="


def test_octets_are_latin_1() -> None:
    """One character is one octet; a character that is more is a mistake of whoever wrote it."""
    assert latin1("\x00\xff") == b"\x00\xff"
    with pytest.raises(InputError, match=r"^a message is Latin-1 text, one character an octet: 'latin-1' codec"):
        latin1("\u20ac")

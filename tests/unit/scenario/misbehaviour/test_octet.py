"""Odd octets, each with its usual amount."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour import octet
from postfix_lab.scenario.misbehaviour.change import Misbehaviour
from postfix_lab.smtp.dialogue import Command, Message, Raw, mail

MAIL = mail(helo="x.example", data="From: a\n\none\n")
HEAD = "From: a\r\n\r\none"


def message(behaviour: Misbehaviour) -> Message:
    (found,) = (step for step in behaviour(MAIL).steps if isinstance(step, Message))
    return found


def verbatim(content: str) -> Message:
    return Message(content, verbatim=True)


@pytest.mark.parametrize(
    "behaviour, content",
    [
        (octet.bare_lf(), "From: a\n\none\r\n.\r\n"),
        (octet.bare_cr(), f"{HEAD}\r\nbefore\rafter\r\n.\r\n"),
        (octet.nul(), f"{HEAD}\r\nbefore\0after\r\n.\r\n"),
        (octet.eight_bit(), f"X-Greeting: Gr\xc3\xbc\xc3\x9fe\r\n{HEAD}\r\nGr\xc3\xbc\xc3\x9fe\r\n.\r\n"),
        (octet.long_line(), f"{HEAD}\r\n{'x' * 5000}\r\n.\r\n"),
    ],
)
def test_a_message_octet_by_octet(behaviour: Misbehaviour, content: str) -> None:
    """It is sent as it is, and shows in the transcript."""
    assert message(behaviour) == verbatim(content)


def test_commands_that_end_in_lf() -> None:
    """Each of them, and no message."""
    *commands, last = octet.lf_commands()(MAIL).steps
    assert commands == [Raw(f"{s.line}\n", stage=s.stage) for s in MAIL.steps if isinstance(s, Command)]
    assert last == MAIL.steps[-1]


def test_a_long_command() -> None:
    """5,000 octets too many in the recipient's address, by default."""
    assert octet.long_command()(MAIL).steps[2] == Command(f"RCPT TO:<{'x' * 5000}bob@lab.test>", "RCPT")
    assert octet.long_command("HELO", 3)(MAIL).steps[0] == Command("EHLO x.examplexxx", "HELO")


def test_endless_headers() -> None:
    """10,000 fields by default, numbered from 0, in front of the message."""
    lines = message(octet.endless_headers()).content.splitlines()
    assert (lines[0], lines[9999], lines[10000]) == ("X-Endless: 0", "X-Endless: 9999", "From: a")


def test_one_endless_header() -> None:
    """200,000 octets by default, in lines of 70 octets with their CRLF."""
    lines = message(octet.endless_header()).content.split("\n")
    at = lines.index("From: a")
    assert (lines[0], at, {len(line) for line in lines[1:at]}) == ("X-Endless: on", 2859, {68})
    assert len(message(octet.endless_header(69)).content.split("\n")) == len(MAIL.steps[-1].content.split("\n")) + 2  # type: ignore[union-attr]  # it is a Message


@pytest.mark.parametrize(
    "name", ["bare_lf", "bare_cr", "nul", "eight_bit", "long_line", "endless_headers", "endless_header"]
)
def test_nothing_to_change(name: str) -> None:
    """Each is named in its error."""
    with pytest.raises(InputError, match=f"^{name} changes the MESSAGE of a dialogue"):
        getattr(octet, name)()(MAIL.until("HELO"))


@pytest.mark.parametrize("name", ["nul", "eight_bit", "long_command"])
def test_no_such_command(name: str) -> None:
    """So it is for a command."""
    with pytest.raises(InputError, match=f"^{name} changes the RCPT of a dialogue"):
        getattr(octet, name)("RCPT")(MAIL.until("HELO"))

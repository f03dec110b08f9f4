"""The known sequences, and the second mail behind one."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.smuggling import SMUGGLING, parse_octets, smuggled
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Message, mail

MAIL = mail(helo="x.example", data="From: a\n\none\n")


def test_the_known_sequences() -> None:
    """As octets; one that ends with the true end of data is none of them."""
    assert [parse_octets(sequence) for sequence in SMUGGLING] == [
        "\n.\n", "\n.\r\n", "\r\n.\n", "\n.\r", "\r.\n", "\r.\r", "\r.\r\n", "\r\n.\r", "\n\n.\r\n", "\r\n.\r\r\n", "\r\n\0.\r\n",
        "\r\n.\0\r\n", "\r\n\0.\n",
    ]  # fmt: skip


def test_a_second_mail() -> None:
    """Behind `<LF>.<LF>` in the message, all of it in one go; one reply is certain."""
    burst = smuggled()(MAIL).steps[-1]
    second = "From: <smuggled@good.example>\r\nSubject: smuggled\r\n\r\nNobody has checked this message.\r\n.\r\n"
    assert burst == Burst(
        (
            Message("From: a\r\n\r\none\n.\n", verbatim=True),
            Command("MAIL FROM:<smuggled@good.example>", "MAIL"),
            Command("RCPT TO:<bob@lab.test>", "RCPT"),
            Command("DATA", "DATA"),
            Message(second, verbatim=True),
        ),
        sure=1,
        stage="MESSAGE",
    )
    assert smuggled()(MAIL).steps[:-1] == MAIL.steps[:-1]


@pytest.mark.parametrize("sequence", ["", "<", "a>", "\n", "\u00fc", "<CRLF>"])
def test_what_is_no_sequence(sequence: str) -> None:
    """The error says how one is written."""
    with pytest.raises(InputError, match=r"is no sequence of octets; write it with <CR>, <LF> and <NUL>, as in <LF>.<LF>$"):
        parse_octets(sequence)


def test_nothing_to_hide_it_in() -> None:
    """It takes a message and a recipient."""
    with pytest.raises(InputError, match=r"^smuggled changes the MESSAGE"):
        smuggled()(MAIL.until("RCPT"))
    with pytest.raises(InputError, match=r"^smuggled changes the RCPT"):
        smuggled()(Dialogue(MAIL.steps[-1:]))

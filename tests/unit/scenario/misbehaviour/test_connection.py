"""What is done to the connection itself."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.connection import half_closed, reset_in_data, slow
from postfix_lab.smtp.dialogue import Burst, Command, Dialogue, Drop, HalfClose, Message, Raw, StartTls, mail

MAIL = mail(helo="x.example", data="From: a\n\n.dot\n")


def test_a_slow_command() -> None:
    """RCPT by default, the same octets with a pause between two."""
    changed = slow()(MAIL).steps
    assert changed[2] == Raw("RCPT TO:<bob@lab.test>\r\n", stage="RCPT", pace=0.3)
    assert (changed[:2], changed[3:]) == (MAIL.steps[:2], MAIL.steps[3:])


def test_a_slow_message() -> None:
    """It shows as it is on the wire."""
    assert slow("MESSAGE", pace=2)(MAIL).steps[-1] == Message("From: a\r\n\r\n..dot\r\n.\r\n", verbatim=True, pace=2)


def test_half_of_the_connection_ends() -> None:
    """Behind that stage, before its reply, which is listened for."""
    *kept, last, close = half_closed()(MAIL).steps
    assert (tuple(kept), close) == (MAIL.steps[:-1], HalfClose())
    assert last == Burst((Message("From: a\r\n\r\n..dot\r\n.\r\n", verbatim=True),), sure=0, stage="MESSAGE")
    assert half_closed("MAIL")(MAIL).steps[1:] == (Burst((MAIL.steps[1],), sure=0, stage="MAIL"), HalfClose())  # type: ignore[arg-type]  # it is a Command
    assert half_closed("OTHER")(Dialogue((Raw("x"),))).steps == (Burst((Raw("x"),), sure=0), HalfClose())


def test_a_reset_in_the_middle() -> None:
    """Half of the octets are said, no reply is read, and the line breaks."""
    *kept, half, drop = reset_in_data()(MAIL).steps
    assert tuple(kept) == MAIL.steps[:-1]
    assert half == Message("From: a\r", verbatim=True, replies=0)
    assert drop == Drop(reset=True)


@pytest.mark.parametrize("change, words", [(slow("STARTTLS"), "slow takes its time over"), (half_closed("STARTTLS"), "half_closed ends behind")])
def test_a_step_of_another_kind(change: object, words: str) -> None:
    """A handshake has no octets of ours."""
    assert callable(change)
    with pytest.raises(InputError, match=f"^{words} a command or a message, and STARTTLS of this dialogue is neither$"):
        change(Dialogue((StartTls(),)))


@pytest.mark.parametrize("change, name", [(slow(), "slow"), (half_closed("RCPT"), "half_closed"), (reset_in_data(), "reset_in_data")])
def test_nothing_to_change(change: object, name: str) -> None:
    """The misbehaviour is named."""
    assert callable(change)
    with pytest.raises(InputError, match=f"^{name} changes the "):
        change(Dialogue((Command("HELO a", "HELO"),)))

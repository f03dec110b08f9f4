"""How a change finds its place in a dialogue."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import (
    Change,
    as_it_is,
    command_at,
    message_at,
    named,
    on_the_wire,
    place_of,
    spelled_out,
    with_steps,
)
from postfix_lab.smtp.dialogue import Command, Dialogue, Message, Raw

HELO, DATA, MESSAGE = Command("HELO a", "HELO"), Command("DATA", "DATA"), Message("a\n.b\n")
DIALOGUE = Dialogue((HELO, HELO, DATA, MESSAGE), persist=True)


def test_the_last_step_of_a_stage() -> None:
    """Its number, and the step where it has to be of a kind."""
    assert place_of(DIALOGUE, "HELO", "x") == 1
    assert command_at(DIALOGUE, "HELO", "x") == (1, HELO)
    assert message_at(DIALOGUE, "x") == (3, MESSAGE)


def test_a_stage_that_does_not_occur() -> None:
    """The error names the misbehaviour and what the dialogue has."""
    with pytest.raises(InputError, match=r"^x changes the RCPT of a dialogue, and this one has none; it has HELO, HELO, DATA, MESSAGE$"):
        place_of(DIALOGUE, "RCPT", "x")
    with pytest.raises(InputError, match=r"it has no step$"):
        place_of(Dialogue(), "RCPT", "x")


def test_a_step_of_another_kind() -> None:
    """Octets of one's own are no command, and no ordinary message."""
    own = Dialogue((Raw("a", stage="RCPT"), Raw("b", stage="MESSAGE")))
    with pytest.raises(InputError, match=r"^x changes a command, and RCPT of this dialogue is none$"):
        command_at(own, "RCPT", "x")
    for dialogue in (own, Dialogue((as_it_is("a"),))):
        with pytest.raises(InputError, match=r"^x changes an ordinary message, and this dialogue has another one already$"):
            message_at(dialogue, "x")


def test_steps_in_place_of_one() -> None:
    """All else stays."""
    assert with_steps(DIALOGUE, 1, [DATA, DATA]) == Dialogue((HELO, DATA, DATA, DATA, MESSAGE), persist=True)


@pytest.mark.parametrize(
    "content, whole, half",
    [("a\n.b\n", "a\r\n..b\r\n.\r\n", "a\r\n..b"), ("a", "a\r\n.\r\n", "a"), ("\xff\n\n", "\xff\r\n\r\n.\r\n", "\xff\r\n")],
)
def test_on_the_wire(content: str, whole: str, half: str) -> None:
    """Dot-stuffed, with its end or without the last line's."""
    assert (on_the_wire(content), on_the_wire(content, end=False)) == (whole, half)


def test_spelled_out() -> None:
    """An ordinary message is the same octets as it is; everything else stays."""
    assert spelled_out(MESSAGE) == Message("a\r\n..b\r\n.\r\n", verbatim=True)
    assert spelled_out(as_it_is("a")) == as_it_is("a")
    assert spelled_out(HELO) == HELO


def test_a_name_is_that_of_the_call() -> None:
    """With all its arguments."""

    @named
    def twice(count: int, *, how: str = "") -> Change:
        return lambda dialogue: Dialogue(dialogue.steps * count, persist=bool(how))

    made = twice(2, how="loud")
    assert (str(made), made(Dialogue((HELO,)))) == ("twice(2, how=loud)", Dialogue((HELO, HELO), persist=True))

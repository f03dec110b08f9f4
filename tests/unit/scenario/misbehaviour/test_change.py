"""How a change finds its place in a dialogue."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.change import (
    Change,
    as_misbehaviour,
    as_verbatim,
    command_at,
    message_at,
    step_index,
    verbatim_message,
    wire_text,
    with_steps,
)
from postfix_lab.smtp.dialogue import Command, Dialogue, Message, Raw

HELO, DATA, MESSAGE = Command("HELO a", "HELO"), Command("DATA", "DATA"), Message("a\n.b\n")
DIALOGUE = Dialogue((HELO, HELO, DATA, MESSAGE), persist=True)


def test_the_last_step_of_a_stage() -> None:
    """Its number, and the step where it has to be of a kind."""
    assert step_index(DIALOGUE, "HELO", "x") == 1
    assert command_at(DIALOGUE, "HELO", "x") == (1, HELO)
    assert message_at(DIALOGUE, "x") == (3, MESSAGE)


def test_a_stage_that_does_not_occur() -> None:
    """The error names the misbehaviour and what the dialogue has."""
    with pytest.raises(InputError, match=r"^x changes the RCPT of a dialogue, and this one has none; it has HELO, HELO, DATA, MESSAGE$"):
        step_index(DIALOGUE, "RCPT", "x")
    with pytest.raises(InputError, match=r"it has no step$"):
        step_index(Dialogue(), "RCPT", "x")


def test_a_step_of_another_kind() -> None:
    """Octets of one's own are no command, and no ordinary message."""
    own = Dialogue((Raw("a", stage="RCPT"), Raw("b", stage="MESSAGE")))
    with pytest.raises(InputError, match=r"^x changes a command, and RCPT of this dialogue is none$"):
        command_at(own, "RCPT", "x")
    for dialogue in (own, Dialogue((verbatim_message("a"),))):
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
    assert (wire_text(content), wire_text(content, end=False)) == (whole, half)


def test_spelled_out() -> None:
    """An ordinary message is the same octets as it is; everything else stays."""
    assert as_verbatim(MESSAGE) == Message("a\r\n..b\r\n.\r\n", verbatim=True)
    assert as_verbatim(verbatim_message("a")) == verbatim_message("a")
    assert as_verbatim(HELO) == HELO


def test_a_name_is_that_of_the_call() -> None:
    """With all its arguments."""

    @as_misbehaviour
    def twice(count: int, *, how: str = "") -> Change:
        return lambda dialogue: Dialogue(dialogue.steps * count, persist=bool(how))

    made = twice(2, how="loud")
    assert (str(made), made(Dialogue((HELO,)))) == ("twice(2, how=loud)", Dialogue((HELO, HELO), persist=True))

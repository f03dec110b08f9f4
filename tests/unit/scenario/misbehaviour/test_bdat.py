"""Each abuse of BDAT, octet by octet."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.bdat import ABUSES, bdat
from postfix_lab.smtp.dialogue import Burst, Command, Raw, Step, mail

MAIL = mail(helo="x.example", data="From: a\n\none\ntwo\nsix\n")
CONTENT = "From: a\r\n\r\none\r\ntwo\r\nsix\r\n"


@pytest.mark.parametrize(
    "abuse, kept, steps",
    [
        ("whole", 3, [Raw(f"BDAT 26 LAST\r\n{CONTENT}", stage="MESSAGE")]),
        ("before-rcpt", 1, [Raw(f"BDAT 26 LAST\r\n{CONTENT}", stage="MESSAGE")]),
        (
            "understated", 3,
            [Burst((Raw("BDAT 16 LAST\r\nFrom: a\r\n\r\none\r\n", stage="MESSAGE"), Raw("two\r\n"), Raw("six\r\n")), 1, "MESSAGE")],
        ),
        ("overstated", 3, [Raw(f"BDAT 126 LAST\r\n{CONTENT}", stage="MESSAGE")]),
        ("huge", 3, [Raw("BDAT 1099511627776 LAST\r\n", stage="MESSAGE")]),
        ("no-number", 3, [Raw("BDAT all LAST\r\n", stage="MESSAGE")]),
        ("then-data", 3, [Raw(f"BDAT 26\r\n{CONTENT}"), Command("DATA", "DATA")]),
        ("unfinished", 3, [Raw(f"BDAT 26\r\n{CONTENT}")]),
        ("bare-lf", 3, [Raw("BDAT 29 LAST\r\nFrom: a\n\none\ntwo\nsix\n\n.\nRSET\n", stage="MESSAGE")]),
    ],
)  # fmt: skip
def test_each_abuse(abuse: str, kept: int, steps: list[Step]) -> None:
    """What comes before stays, and the client goes on whatever the server says."""
    changed = bdat(abuse)(MAIL)
    assert (list(changed.steps), changed.persist) == ([*MAIL.steps[:kept], *steps], True)


def test_every_abuse_is_tried_here() -> None:
    """The list is what `bdat` takes, and nothing else."""
    assert ABUSES == (
        "whole", "before-rcpt", "understated", "overstated", "huge", "no-number", "then-data", "unfinished", "bare-lf",
    )  # fmt: skip
    with pytest.raises(InputError, match=r"^there is no abuse of BDAT called 'hug'; did you mean huge\?$"):
        bdat("hug")



def test_a_dialogue_without_a_message() -> None:
    """The misbehaviour is named."""
    with pytest.raises(InputError, match=r"^bdat changes the MESSAGE of a dialogue"):
        bdat("whole")(MAIL.until("HELO"))


def test_a_dialogue_without_a_recipient() -> None:
    """The same for the place where it would begin."""
    steps = tuple(step for step in MAIL.steps if step.stage != "RCPT")
    with pytest.raises(InputError, match=r"^bdat changes the RCPT of a dialogue"):
        bdat("whole")(type(MAIL)(steps))

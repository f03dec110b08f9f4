"""Many recipients, and many connections."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.crowd import crowd, many_recipients
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Command, Dialogue, Meet, mail

MAIL = mail(helo="x.example")


def test_many_recipients() -> None:
    """2,500 by default, each with its number, from 1 on; only the first bracket gets one."""
    assert sum(step.stage == "RCPT" for step in many_recipients()(MAIL).steps) == 2500
    odd = Dialogue((Command("RCPT TO:<a<b>", "RCPT"),))
    assert [s.line for s in many_recipients(2)(odd).steps if isinstance(s, Command)] == ["RCPT TO:<1.a<b>", "RCPT TO:<2.a<b>"]
    with pytest.raises(InputError, match=r"^many_recipients changes the RCPT"):
        many_recipients()(MAIL.until("MAIL"))


def test_a_crowd() -> None:
    """200 by default, and one at least; each meets the others before it says anything."""
    alone = Session(Host("203.0.113.9"), MAIL)
    assert len(crowd(alone)) == 200
    (only,) = crowd(alone, 1)
    assert only.dialogue.steps == (Meet(), *MAIL.steps)
    with pytest.raises(InputError, match=r"^a crowd of 0 is none$"):
        crowd(alone, 0)

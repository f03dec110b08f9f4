"""Words at the wrong time."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.scenario.misbehaviour.timing import early_talk, ehlo_again, pipelined, starttls_injection
from postfix_lab.smtp.dialogue import Auth, Burst, Command, Dialogue, Message, StartTls, mail

MAIL = mail(helo="x.example", data="From: a\n\none\n")
TLS = mail(helo="x.example", tls=True)
EHLO = Command("EHLO x.example", "HELO")


def test_early_talk() -> None:
    """The first command is said before the banner and not again."""
    assert early_talk()(MAIL) == Dialogue(MAIL.steps[1:], early=(EHLO,))
    with pytest.raises(InputError, match=r"^early_talk says the first command too early, and this dialogue begins with none$"):
        early_talk()(Dialogue((StartTls(), EHLO)))


def test_pipelined() -> None:
    """Everything from EHLO on, the message as it is; one reply is certain."""
    (burst,) = pipelined()(MAIL).steps
    assert burst == Burst((*MAIL.steps[:-1], Message("From: a\r\n\r\none\r\n.\r\n", verbatim=True)), sure=1)  # type: ignore[arg-type]  # they are Commands


def test_pipelined_behind_what_cannot_be() -> None:
    """What is said in turns, TLS and AUTH, comes before."""
    steps = (EHLO, Auth("a", "b"), EHLO)
    assert pipelined()(Dialogue(steps)).steps == (*steps[:2], Burst((EHLO,), sure=1))
    with pytest.raises(InputError, match=r"^pipelined says several commands at once, and this dialogue ends with none$"):
        pipelined()(Dialogue(steps[:2]))


@pytest.mark.parametrize(
    "command, stage", [("NOOP", "OTHER"), ("rset", "RSET"), ("MAIL FROM:<a@b>", "MAIL"), ("QUIT", "QUIT")]
)
def test_a_command_behind_starttls(command: str, stage: str) -> None:
    """One EHLO, STARTTLS with the command in the clear, and nothing else."""
    behind = (Command(command, stage),)  # type: ignore[arg-type]  # the stage is a Literal
    for dialogue in (MAIL, TLS):
        assert starttls_injection(command)(dialogue) == Dialogue((EHLO, StartTls(behind=behind)))


def test_what_is_injected_by_default() -> None:
    """NOOP, whose reply is known."""
    assert starttls_injection()(MAIL).steps[1] == StartTls(behind=(Command("NOOP", "OTHER"),))
    with pytest.raises(InputError, match=r"^starttls_injection changes the HELO"):
        starttls_injection()(Dialogue())


def test_ehlo_again() -> None:
    """Behind RCPT, by another name; then it goes on whatever the replies are."""
    again = Command("EHLO somebody.else.example", "HELO")
    assert ehlo_again()(MAIL) == Dialogue((*MAIL.steps[:3], again, *MAIL.steps[3:]), persist=True)
    assert ehlo_again("MAIL", "y")(MAIL).steps[2] == Command("EHLO y", "HELO")
    with pytest.raises(InputError, match=r"^ehlo_again changes the RCPT"):
        ehlo_again()(MAIL.until("MAIL"))

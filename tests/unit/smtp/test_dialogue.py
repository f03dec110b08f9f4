"""The ordinary delivery as steps, and what stops in the middle of one."""

from __future__ import annotations

import pytest

from postfix_lab.smtp.dialogue import DEFAULT_MESSAGE, Auth, Command, Dialogue, Drop, Message, StartTls, Step, mail

EHLO = Command("EHLO a.example", "HELO")


def test_an_ordinary_delivery() -> None:
    """A message without From: gets From: and To: in front."""
    dialogue = mail(helo="a.example")
    assert dialogue == Dialogue((
        EHLO,
        Command("MAIL FROM:<ann@good.example>", "MAIL"),
        Command("RCPT TO:<bob@lab.test>", "RCPT"),
        Command("DATA", "DATA"),
        Message(f"From: <ann@good.example>\nTo: <bob@lab.test>\n{DEFAULT_MESSAGE}"),
    ))


def test_everything_that_an_envelope_can_say() -> None:
    """TLS before AUTH, the parameters behind the sender, each recipient by itself; HELO in place of EHLO both times."""
    auth = Auth("ann", "secret")
    dialogue = mail(helo="a.example", to=("x@b.example", "y@b.example"), ehlo=False, tls=True, auth=auth, mail_parameters="SIZE=9")
    helo = Command("HELO a.example", "HELO")
    assert dialogue.steps[:7] == (
        helo,
        StartTls(),
        helo,
        auth,
        Command("MAIL FROM:<ann@good.example> SIZE=9", "MAIL"),
        Command("RCPT TO:<x@b.example>", "RCPT"),
        Command("RCPT TO:<y@b.example>", "RCPT"),
    )
    assert dialogue.steps[-1] == Message(f"From: <ann@good.example>\nTo: <x@b.example>, <y@b.example>\n{DEFAULT_MESSAGE}")


@pytest.mark.parametrize(
    "data, content",
    [
        ("FROM: <x@y.example>\n\nhello\n", "FROM: <x@y.example>\n\nhello\n"),
        ("Subject: a\n\nFrom: here\n", "From: <MAILER-DAEMON@a.example>\nTo: <bob@lab.test>\nSubject: a\n\nFrom: here\n"),
        ("", "From: <MAILER-DAEMON@a.example>\nTo: <bob@lab.test>\n"),
    ],
)
def test_a_message_of_ones_own(data: str, content: str) -> None:
    """From: counts where it is a header; the null sender's is MAILER-DAEMON of the client."""
    dialogue = mail(helo="a.example", sender="", data=data)
    assert dialogue.steps[-1] == Message(content)
    assert Command("MAIL FROM:<>", "MAIL") in dialogue.steps


def test_until() -> None:
    """The steps up to the last one of that stage, and what is left of the dialogue stays."""
    dialogue = Dialogue((EHLO, StartTls(), EHLO, Command("QUIT", "QUIT")), persist=True)
    assert dialogue.until("HELO") == Dialogue((EHLO, StartTls(), EHLO), persist=True)
    assert dialogue.until("STARTTLS", drop=True) == Dialogue((EHLO, StartTls(), Drop()), persist=True)
    assert dialogue.until("CONNECT") == Dialogue((), persist=True)
    assert dialogue.until("CONNECT", drop=True).steps == (Drop(),)


def test_until_a_stage_that_does_not_occur() -> None:
    """The error names the stages that do."""
    with pytest.raises(ValueError, match=r"^the dialogue has no RCPT step; it has \['HELO'\]$"):
        Dialogue((EHLO,)).until("RCPT")


@pytest.mark.parametrize(
    "step, stage",
    [(StartTls(), "STARTTLS"), (Auth("a", "b"), "AUTH"), (Message("a"), "MESSAGE"), (Command("NOOP"), "OTHER"), (Drop(), "QUIT")],
)
def test_a_step_has_its_stage(step: Step, stage: str) -> None:
    """So a reply can be found by it."""
    assert step.stage == stage

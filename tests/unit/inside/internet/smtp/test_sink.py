"""The sink as the mailbox server: a reply for each recipient, and a behaviour that the world changes."""

from __future__ import annotations

import pytest

from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.inside.internet.smtp.peer_set import PeerEvents
from postfix_lab.inside.internet.smtp.sink import Mailboxes
from postfix_lab.smtp.answer import Answer, Answered
from postfix_lab.smtp.behaviour import ACCEPT, Behaviour, Received
from postfix_lab.smtp.dialogue import Command, Dialogue, Message
from postfix_lab.smtp.transcript import Transcript

TO = ("ann", "bob", "eve")
LHLO = Command("LHLO mx.lab.test", "HELO")


class Seen:
    """A sink at a port that the kernel chose, and what it kept."""

    def __init__(self) -> None:
        self.kept: list[Received] = []
        self.answered: list[Answered] = []
        self.trouble: list[str] = []
        events = PeerEvents(self.kept.append, lambda _: None, self.answered.append, self.trouble.append, lambda: None)
        self.mailboxes = Mailboxes("127.0.0.4", "sink.lab.test", events, port=2424)

    async def send(self, behaviour: Behaviour | None) -> Transcript:
        """Deliver a message to three recipients over LMTP."""
        await self.mailboxes.set_behaviour(behaviour)
        rcpt = (Command(f"RCPT TO:<{name}@lab.test>", "RCPT") for name in TO)
        data = (Command("DATA", "DATA"), Message("Subject: x\r\n\r\n", replies=3))
        dialogue = Dialogue((LHLO, Command("MAIL FROM:<>", "MAIL"), *rcpt, *data), persist=True)
        seen = await converse("127.0.0.2", "127.0.0.4", 2424, dialogue, timeout=5)
        await self.mailboxes.set_behaviour(None)
        return seen


def codes(seen: Transcript, stage: str) -> list[int]:
    return [exchange.reply.code for exchange in seen.exchanges if exchange.stage == stage and exchange.reply]


async def test_a_reply_for_each_recipient() -> None:
    """After the message each has its own, and it is kept for those who took it (RFC 2033 section 4.2)."""
    seen = Seen()
    full = Answer("MESSAGE", "552 5.2.2 Mailbox full", to="bob@lab.test")
    transcript = await seen.send(Behaviour(answers=full))
    assert codes(transcript, "MESSAGE") == [250, 552, 250]
    assert [message.recipients for message in seen.kept] == [("ann@lab.test", "eve@lab.test")]
    assert [answered.says for answered in seen.answered] == [full.says]
    assert seen.trouble == []


async def test_a_recipient_that_is_not_there() -> None:
    """It is refused at RCPT, and the message goes to the others."""
    seen = Seen()
    await seen.send(Behaviour(answers=Answer("RCPT", "550 5.1.1 No such user", to="ann@lab.test")))
    assert [message.recipients for message in seen.kept] == [("bob@lab.test", "eve@lab.test")]


@pytest.mark.parametrize("lacks, offered", [((), True), (("SMTPUTF8",), False)])
async def test_keywords(lacks: tuple[str, ...], offered: bool) -> None:
    """It may lack SMTPUTF8."""
    transcript = await Seen().send(Behaviour(lacks=lacks))
    (greeting,) = (e.reply for e in transcript.exchanges if e.stage == "HELO")
    assert greeting
    assert ("SMTPUTF8" in greeting.text) is offered


async def test_nobody_is_there() -> None:
    """Without a behaviour nobody listens, and with one somebody does again."""
    seen = Seen()
    assert (await seen.send(None)).ended == "refused"
    assert codes(await seen.send(ACCEPT), "MESSAGE") == [250, 250, 250]


async def test_counts_begin_anew() -> None:
    """The n-th time is counted from the first of a run."""
    seen = Seen()
    first = Behaviour(answers=Answer("MESSAGE", "452 4.2.2 Later", nth=1))
    assert codes(await seen.send(first), "MESSAGE") == [452, 250, 250]

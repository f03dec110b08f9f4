"""The sink as a mailbox server that does not take every mail: what Postfix makes of its replies."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Answer,
    Behaviour,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    bounced,
    delivered,
    logged,
    may_log,
    not_delivered,
)

LOST = ["accepted-arrives"]


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """A client that nobody has anything against."""
    return remote("203.0.113.10", name="mail.good.example")


@pytest.mark.parametrize("stage", ["RCPT", "MESSAGE"])
@pytest.mark.parametrize("reply", ["550 5.1.1 No such user", "552 5.2.2 Mailbox full"])
def test_one_recipient_is_refused(lab: Scene, good: Remote, stage: str, reply: str) -> None:
    """The other one gets the mail; the sender hears of the refusal."""
    lab.sink(Behaviour(answers=Answer(stage, reply, to="eve@lab.test")))
    seen = good.send(to=("bob@lab.test", "eve@lab.test"))
    lab.check(seen, accepted(), delivered(to="bob@lab.test"), bounced("eve@lab.test"), without=LOST)


def test_later(lab: Scene, good: Remote) -> None:
    """A temporary refusal keeps the mail in the queue."""
    lab.sink(Behaviour(answers=Answer("RCPT", "452 4.2.2 Over quota", to="bob@lab.test")))
    lab.check(good.send(), accepted(), not_delivered(), logged("452 4.2.2 Over quota"), without=LOST)


def test_nobody(lab: Scene, good: Remote) -> None:
    """So does a mailbox server that is down."""
    lab.sink(None)
    lab.check(good.send(), accepted(), not_delivered(), logged("Connection refused"), may_log("connect to"), without=LOST)
    lab.sink(Behaviour())
    lab.check(good.send(), accepted(), delivered())

"""The values of the model: how an outcome reads, and which one of a session a check is about."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.verdict.outcome import Fate, Outcome, SessionOutcome, same_address
from postfix_lab.verdict.queue_outcome import End, QueueOutcome
from tests.unit.evidence_builder import START, reply

TAKEN = Exchange("MESSAGE", ".", reply("250 2.0.0 Ok"), START)
REFUSED = Exchange("RCPT", "RCPT TO:<eve@lab.test>", reply("550 5.1.1 No"), START)
BOB = Outcome(Fate.ACCEPT, TAKEN, recipient="bob@lab.test")
EVE = Outcome(Fate.REJECT, REFUSED, recipient="eve@lab.test")


def of(session: SessionOutcome, recipient: str | None = None) -> Outcome:
    """Ask as a check does that has to do with the verdict alone."""
    return session.of(recipient, "decided(", lambda _: None)


@pytest.mark.parametrize(
    "end, words",
    [
        (End.DELIVERED, ""), (End.QUEUED, ""), (End.UNKNOWN, ""), (End.DEFERRED, "deferred"), (End.HELD, "held"),
        (End.BOUNCED, "bounced"), (End.EXPIRED, "bounced"), (End.RETURNED_TO_NOBODY, "bounced"),
        (End.BOUNCE_FAILED, "bounced"), (End.DISCARDED, "discarded"), (End.FILTERED, "filtered"), (End.REDIRECTED, "redirected"),
    ],
)  # fmt: skip
def test_later_is_what_was_no_delivery(end: End, words: str) -> None:
    """One word for whatever made Postfix give it up, so that tables do not depend on who was told."""
    one = Outcome(Fate.ACCEPT, TAKEN, queue=QueueOutcome(end))
    assert (one.later, str(one)) == (words, f"accept 250 2.0.0{', ' if words else ''}{words}")


def test_outcome_without_an_exchange() -> None:
    """A closed port has no reply, and was met when connecting."""
    closed = Outcome(Fate.CLOSED)
    assert (closed.stage, closed.reply, closed.place, closed.final, str(closed)) == ("CONNECT", None, None, False, "closed")


def test_one_recipient_is_the_message() -> None:
    """Nobody has to name him."""
    message = Outcome(Fate.ACCEPT, TAKEN)
    assert of(SessionOutcome(message, (BOB,))) is message
    assert of(SessionOutcome(message, (BOB,)), "BOB@lab.test") is BOB


def test_different_recipients_have_to_be_named() -> None:
    """Else it is an error; a named one is himself."""
    both = SessionOutcome(Outcome(Fate.ACCEPT, TAKEN), (BOB, EVE))
    with pytest.raises(InputError, match=r"outcomes differ \(bob@lab.test accept 250 2.0.0, eve@lab.test reject 550 5.1.1\)"):
        of(both)
    assert of(both, "eve@lab.test") is EVE


@pytest.mark.parametrize("fate", [Fate.DISCONNECT, Fate.UNKNOWN])
def test_recipient_whom_a_broken_session_never_came_to(fate: Fate) -> None:
    """What broke the session is his outcome too."""
    broken = Outcome(fate)
    assert of(SessionOutcome(broken, (BOB,)), "max@lab.test") is broken


def test_same_address() -> None:
    """Whatever its case."""
    assert same_address("Bob@Lab.test", "bob@lab.TEST")
    assert not same_address("bob@lab.test", "bob@lab.example")

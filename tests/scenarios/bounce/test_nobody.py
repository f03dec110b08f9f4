"""A mail that is given up without anybody being told: the log says all, and nothing is waited for."""

from __future__ import annotations

import time
from typing import Any

import pytest

from postfix_lab import MakeRemote, Remote, Scene, accepted, bounced, logged
from postfix_lab.smtp.dialogue import Command, Dialogue, Message
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End, QueueOutcome

BOUNCES = {"virtual_alias_maps": "inline:{moved@lab.test=bob@gone.example}"}
NEVER = Dialogue((
    Command("EHLO mail.good.example", "HELO"),
    Command("MAIL FROM:<ann@good.example>", "MAIL"),
    Command("RCPT TO:<moved@lab.test> NOTIFY=NEVER", "RCPT"),
    Command("DATA", "DATA"),
    Message("Subject: x\n\nHello.\n"),
    Command("QUIT", "QUIT"),
))  # fmt: skip
SOON = 10.0
"""Seconds: a third of what a run waits for what does not come."""


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """The one host of good.example."""
    return remote("203.0.113.10", name="mail.good.example")


def end(lab: Scene, begun: float, seen: Any, *checks: Any) -> QueueOutcome:
    """What the queue made of it, soon."""
    assert time.monotonic() - begun < SOON
    lab.check(seen, accepted(), *checks, without=["accepted-arrives"])
    queue = outcome(seen).message.queue
    assert queue is not None
    return queue


@pytest.mark.mail_host(main=BOUNCES)
def test_notify_never(lab: Scene, good: Remote) -> None:
    """The client wants no notice (RFC 3461 section 4.1)."""
    begun = time.monotonic()
    seen = good.send(dialogue=NEVER)
    found = end(lab, begun, seen, bounced(to="bob@gone.example"))
    assert (found.end, found.notices) == (End.RETURNED_TO_NOBODY, ())


@pytest.mark.mail_host(main={**BOUNCES, "always_bcc": "moved@lab.test"})
def test_what_postfix_adds_is_returned_to_nobody(lab: Scene, good: Remote) -> None:
    """Nobody is told of a Bcc that could not be delivered; the mail itself has arrived."""
    begun = time.monotonic()
    seen = good.send(to="bob@lab.test")
    assert end(lab, begun, seen, bounced(to="bob@gone.example")).copies == 1


@pytest.mark.mail_host(
    main={**BOUNCES, "non_smtpd_milters": "inet:127.0.0.1:8891", "internal_mail_filter_classes": "bounce"}, milter="reject"
)
def test_milter_refuses_the_bounce(lab: Scene, good: Remote) -> None:
    """Qmgr keeps the mail, to try the bounce once more."""
    begun = time.monotonic()
    seen = good.send(to="moved@lab.test")
    found = end(lab, begun, seen, bounced(to="bob@gone.example"), logged("NoticeFailed"), logged("Reject", action="milter-reject"))
    assert found.end is End.BOUNCE_FAILED

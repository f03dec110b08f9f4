"""An accepted message that did not arrive, followed through what gave it another queue id."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.verdict.checks import bounced
from postfix_lab.verdict.checks.check import Check, Status
from postfix_lab.verdict.losses import Losses
from tests.unit.evidence_builder import CONTENT, FACTS, GOOD_LOG, QUEUE_ID, evidence, log_of, message

NEXT = "4BBBB12345"
FROM = "from=<ann@good.example>"
TO_WIRE = (
    f"smtp: {QUEUE_ID}: to=<bob@lab.test>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=1/0/0/0, dsn=2.0.0, "
    f"status=sent (250 2.0.0 Ok: queued as {NEXT})"
)
TO_PROGRAM = (
    f"pipe: {QUEUE_ID}: to=<bob@lab.test>, relay=spam, delay=1, delays=1/0/0/0, dsn=2.0.0, "
    "status=sent (delivered via spam service)"
)
TO_SOCKET = TO_WIRE.replace("127.0.0.1[127.0.0.1]:10024", "mx.lab.test[private/feed]").replace("queued as", "as")
WIRE = (*GOOD_LOG[:4], f"smtpd: {NEXT}: client=localhost[127.0.0.1]:5000", TO_WIRE)
PROGRAM = (*GOOD_LOG[:4], TO_PROGRAM, f"pickup: {NEXT}: uid=65534 {FROM}", f"qmgr: {NEXT}: {FROM}, size=4, nrcpt=1 (queue active)")
SENT = GOOD_LOG[4].replace(QUEUE_ID, NEXT)
BOUNCED = SENT.replace("status=sent", "status=bounced")
BACK = message(content=CONTENT.replace(QUEUE_ID, NEXT))


def lost(*log: str, arrived: bool = False, checks: tuple[Check, ...] = ()) -> tuple[Status, str] | None:
    """Status and text of the loss of the good mail; `arrived`: the sink has a copy."""
    host = replace(FACTS, content_filters=("spam:dummy", "feed:unix:private/feed"))
    seen = evidence(log=log_of(*log), messages=(BACK,) if arrived else (), mail_host=host)
    loss = Losses(seen, checks).of(seen.sessions[0].exchanges[5])
    return loss and loss[:2]


@pytest.mark.parametrize("log", [WIRE, PROGRAM], ids=["SMTP", "sendmail"])
def test_what_a_filter_hands_back_is_followed(log: tuple[str, ...]) -> None:
    """To its end under the other queue id."""
    assert lost(*log, SENT, arrived=True) is None
    assert lost(*log, SENT) == (Status.FAIL, f"queue id {NEXT} reached neither the sink nor a peer")
    assert lost(*log, BOUNCED) == (Status.FAIL, BOUNCED.partition(": ")[2])
    assert lost(*log, BOUNCED, checks=(bounced(),)) is None


@pytest.mark.parametrize("line", [TO_WIRE.replace("queued as", "as"), TO_PROGRAM, TO_SOCKET], ids=["SMTP", "program", "socket"])
def test_filter_that_gives_nothing_back(line: str) -> None:
    """It looks like a delivery, and is none."""
    assert lost(*GOOD_LOG[:4], line) == (Status.FAIL, f"a content filter gave nothing back: {line.partition(': ')[2]}")


def test_delivery_to_a_program_that_is_no_filter() -> None:
    """The lab cannot look into it."""
    assert lost(*GOOD_LOG[:4], TO_PROGRAM.replace("relay=spam", "relay=maildrop")) is None


def test_attempt_that_failed_before_another_succeeded() -> None:
    """A mail that was put off and tried again has arrived."""
    later = SENT.replace("status=sent", "status=deferred")
    assert lost(*WIRE, later, SENT, arrived=True) is None
    assert lost(*WIRE, SENT, later, arrived=True) == (Status.FAIL, later.partition(": ")[2])

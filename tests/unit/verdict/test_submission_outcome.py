"""A call of sendmail(1) has an outcome as a session has, and the checks about outcomes judge it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.errors import InputError
from postfix_lab.evidence.address import Address
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.smtp.sendmail import Submitted
from postfix_lab.verdict.checks import accepted, decided, decided_by, refused, replied
from postfix_lab.verdict.checks.check import Check, Status
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.guards import accepted_arrives
from postfix_lab.verdict.outcome import Decider, Fate
from postfix_lab.verdict.queue_outcome import End
from postfix_lab.verdict.reason import reasoned_outcome
from postfix_lab.verdict.submission_outcome import submission_sentence
from tests.unit.evidence_builder import GOOD_LOG, QUEUE_ID, evidence, log_of

NO = "sendmail: fatal: user www-data(33) is not allowed to submit mail"
TAKEN = Submitted(("sendmail", "-i", "-f", "a@lab.test", "bob@lab.test"), "root", 0, "", QUEUE_ID)
REFUSED = Submitted(("sendmail", "-i", "bob@lab.test"), "www-data", 69, NO)
DEFERRED = replace(REFUSED, status=75, output="sendmail: fatal: queue file write error")
LOST = replace(TAKEN, queue_id="")
BOUNCED = (*GOOD_LOG[:4], GOOD_LOG[4].replace("status=sent", "status=bounced"))


def seen(call: Submitted, *log: str) -> Evidence:
    """The evidence of a run without a session in which that was called."""
    return evidence(sessions=(), submitted=(call,), log=log_of(*(log or GOOD_LOG)), logs=())


@pytest.mark.parametrize(
    "call, fate, by, words",
    [
        (TAKEN, Fate.ACCEPT, Decider.SENDMAIL, "accept"),
        (REFUSED, Fate.REJECT, Decider.SENDMAIL, "reject exit status 69"),
        (DEFERRED, Fate.DEFER, Decider.SENDMAIL, "defer exit status 75"),
        (LOST, Fate.ACCEPT, Decider.SENDMAIL, "accept"),
    ],
)
def test_what_the_caller_is_told(call: Submitted, fate: Fate, by: Decider, words: str) -> None:
    """The exit status decides, and the stage is that of a message."""
    found = outcome(seen(call)).message
    assert (found.fate, found.by, str(found), found.stage) == (fate, by, words, "MESSAGE")
    assert found.basis[0] == Address("submitted", 0)


def test_what_the_queue_makes_of_it() -> None:
    """For the message and for each recipient that the call names; with -t it names none."""
    found = outcome(seen(TAKEN, *BOUNCED))
    assert [(one.recipient, one.queue and one.queue.end, one.by) for one in (found.message, *found.recipients)] == [
        ("", End.BOUNCED, Decider.QUEUE), ("bob@lab.test", End.BOUNCED, Decider.QUEUE),
    ]  # fmt: skip
    assert outcome(seen(replace(TAKEN, command=("sendmail", "-i", "-t")))).recipients == ()


@pytest.mark.parametrize(
    "call, check, ok",
    [
        (TAKEN, accepted(), True), (REFUSED, accepted(), False), (TAKEN, accepted("RCPT"), False),
        (REFUSED, refused("MESSAGE", 69), True), (REFUSED, refused("MESSAGE", 69, text="not allowed"), True),
        (REFUSED, refused("MESSAGE", 67), False), (REFUSED, refused("RCPT", 69), False), (TAKEN, refused("MESSAGE", 69), False),
        (REFUSED, refused("MESSAGE", 69, text="no such user"), False),
        (TAKEN, decided("accept"), True), (TAKEN, decided("accept", recipient="bob@lab.test"), True),
        (REFUSED, decided("reject", code=69, text="not allowed"), True), (REFUSED, decided("reject", code=70), False),
        (DEFERRED, decided("defer", code=75), True), (DEFERRED, decided("reject"), False),
        (REFUSED, decided("reject", enhanced="5.7.1"), False), (REFUSED, decided(stage="RCPT"), False),
    ],
)  # fmt: skip
def test_checks_of_the_outcome(call: Submitted, check: Check, ok: bool) -> None:
    """`code` is the exit status, `text` the output."""
    assert check.judge(seen(call)).status == (Status.PASS if ok else Status.FAIL)


@pytest.mark.parametrize("check", [replied("RCPT", 250), decided_by("reject_unauth_destination"), decided("accept", recipient="x@lab.test")])
def test_checks_that_are_about_sessions(check: Check) -> None:
    """What a submission cannot have is a mistake of the scenario."""
    with pytest.raises(InputError):
        check.judge(seen(TAKEN))


def test_an_exit_status_of_no_reply() -> None:
    """Two digits that no program of sysexits.h ends with are neither."""
    for code in (63, 79, "6x"):
        with pytest.raises(InputError, match="no SMTP reply code"):
            refused("MESSAGE", code)


def test_what_was_taken_has_to_arrive() -> None:
    """The guard follows it as it follows what a client sent."""
    assert accepted_arrives(seen(TAKEN), ()).status is Status.PASS
    assert accepted_arrives(seen(TAKEN, *BOUNCED), ()).status is Status.FAIL
    assert accepted_arrives(seen(LOST), ()).status is Status.UNKNOWN
    assert accepted_arrives(seen(REFUSED), ()).status is Status.PASS


def test_in_words() -> None:
    """What was said, and what became of it."""
    assert submission_sentence(REFUSED, Fate.REJECT) == f'reject: sendmail(1) ended with exit status 69 "{NO}"'
    assert submission_sentence(TAKEN, Fate.ACCEPT) == f"accept: sendmail(1) ended with exit status 0, queued as {QUEUE_ID}"
    assert reasoned_outcome(seen(REFUSED)).reasons == (f"sendmail(1) ended with exit status 69: {NO}",)
    assert reasoned_outcome(seen(LOST)).reasons == ("sendmail(1) took the message, and pickup(8) logged none",)
    assert [reason.partition(" ")[0] for reason in reasoned_outcome(seen(TAKEN)).reasons] == ["bob@lab.test"]

"""Replies, trace and log put together: who decided about a mail, where it is written, and what that rests on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.evidence.address import Address
from postfix_lab.verdict.evidence_outcome import outcome, outcomes, stopped_by_postscreen
from postfix_lab.verdict.outcome import Decider
from postfix_lab.verdict.queue_outcome import End
from tests.unit.evidence_builder import GOOD_LOG, evidence, log_of, query, refused_at_rcpt, reply, session
from tests.unit.traced import GOOD, NO_PTR, traced, two_recipients

RULE = "reject_unknown_reverse_client_hostname"
AT = "[203.0.113.10]:40001"


@pytest.mark.parametrize(
    "status, later, by", [("sent", "", Decider.REPLY), ("deferred", "deferred", Decider.QUEUE), ("bounced", "bounced", Decider.QUEUE)]
)
def test_queue_has_the_last_word(status: str, later: str, by: Decider) -> None:
    """An accepted mail that bounces or waits says so, for its recipient and as a message."""
    seen = evidence(log=log_of(*(line.replace("status=sent", f"status={status}") for line in GOOD_LOG)), messages=())
    found = outcome(seen)
    for one in (found.message, *found.recipients):
        assert (str(one).partition(", ")[2], one.stage, one.later, one.by) == (later, "MESSAGE", later, by)
        assert one.basis == (Address("session", 0, 5), Address("log", 4))
        assert one.queue is None or one.queue.lines == one.basis[1:]


def test_delivered_mail_was_delivered_once() -> None:
    """The end, its count and its queue id are in the outcome."""
    (one,) = outcome(evidence()).recipients
    assert one.queue is not None
    assert (one.queue.end, one.queue.copies, one.queue.queue_ids) == (End.DELIVERED, 1, ("4ABCD12345",))


def test_refusal_rests_on_its_exchange_and_its_line() -> None:
    """Without a trace nothing tells more than the reply."""
    seen = refused_at_rcpt()
    (one,) = outcome(seen).recipients
    assert (one.by, one.decision, one.place, one.queue) == (Decider.REPLY, None, None, None)
    assert one.basis == (Address("session", 0, 3), Address("log", 1))


def test_trace_names_the_restriction_its_place_and_its_questions() -> None:
    """The same as the explanation says, as addresses in the evidence."""
    seen = traced(NO_PTR)
    other = replace(query("x.example", "A"), at=seen.log[0].at - 1)
    asked = replace(query("9.113.0.203.in-addr.arpa", "PTR", "NXDOMAIN"), at=seen.log[0].at - 1)
    (one,) = outcome(replace(seen, queries=(other, asked))).recipients
    assert one.decision is not None
    assert one.decision.step is not None
    assert (one.by, one.decision.step.restriction.name, str(one.place)) == (Decider.RESTRICTION, RULE, "main.cf:38")
    exchange, line, question = one.basis
    assert (exchange, question) == (Address("session", 0, 0), Address("query", 1))
    assert (line.part, seen.log[line.number].text.partition(": RCPT")[0]) == ("log", "NOQUEUE: reject")


def test_each_recipient_has_the_decision_about_him() -> None:
    """One was refused by a restriction, nothing refused the other, and the message is the accepted one's."""
    found = outcome(two_recipients())
    assert [one.decision and one.decision.why for one in found.recipients] == ["restriction", "nothing refused"]
    assert found.message.decision == found.recipients[1].decision


def test_accepted_mail_has_the_decision_of_its_own_command() -> None:
    """Where every list ran to its end, nothing refused, and the reply decided."""
    found = outcome(traced(GOOD)).message
    assert found.decision is not None
    assert (found.decision.why, found.by) == ("nothing refused", Decider.REPLY)


def test_postscreen_decided_what_smtpd_never_met() -> None:
    """Even without a trace the log tells that."""
    seen = evidence(
        sessions=(session(RCPT="550 5.7.1 Service unavailable"),), messages=(),
        log=log_of(f"postscreen: CONNECT from {AT} to [192.0.2.21]:25", f"postscreen: DISCONNECT {AT}"),
    )  # fmt: skip
    assert stopped_by_postscreen(seen, 0)
    assert outcome(seen).message.by is Decider.POSTSCREEN


def test_nobody_decided_where_no_reply_came() -> None:
    """A connection that broke is nobody's decision."""
    seen = evidence(sessions=(replace(session(DATA=None), ended="closed"),), messages=(), log=())
    assert outcome(seen).message.by is Decider.NOBODY


def test_session_with_another_mta_is_told_by_its_replies_alone() -> None:
    """What a client says to a forwarder is in no log of the mail host; each session keeps its number."""
    elsewhere = replace(session(), server="203.0.113.70")
    other, ours = outcomes(evidence(sessions=(elsewhere, session())))
    assert (other.message.queue, ours.message.basis[0]) == (None, Address("session", 1, 5))
    assert ours.message.queue is not None


def test_a_refused_recipient_is_no_other_one_of_the_message() -> None:
    """A map may send an accepted recipient's copy to the very address that was refused in the session."""
    plain = session()
    exchanges = list(plain.exchanges)
    exchanges.insert(3, replace(exchanges[3], said="RCPT TO:<eve@lab.test>", reply=reply("550 5.1.1 no")))
    log = log_of(*(line.replace("to=<bob@lab.test>", "to=<eve@lab.test>") for line in GOOD_LOG))
    refused, accepted = outcome(evidence(sessions=(replace(plain, exchanges=tuple(exchanges)),), log=log, messages=())).recipients
    assert (refused.recipient, refused.stage, refused.queue) == ("eve@lab.test", "RCPT", None)
    assert accepted.queue is not None
    assert (accepted.recipient, accepted.queue.end) == ("bob@lab.test", End.DELIVERED)

"""Several recipients and several notices of one accepted message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.smtp.transcript import Exchange
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End
from tests.unit.evidence_builder import START, evidence, log_of, reply, session
from tests.unit.verdict.test_queue_outcome import (
    ACTIVE,
    BACK,
    BEGUN,
    BOUNCED,
    ID,
    NEXT,
    NOTICE,
    NOTICE_ACTIVE,
    RETURNED,
    SECOND,
    SENT,
    TO_FILTER,
    end,
    tried,
)

TO_POSTMASTER = RETURNED.replace("sender", "postmaster").replace(NOTICE, SECOND)


@pytest.mark.parametrize("sender, postmaster, wanted", [("sent", "bounced", End.BOUNCED), ("bounced", "sent", End.BOUNCE_FAILED), ("bounced", "bounced", End.BOUNCE_FAILED)])
def test_two_notices(sender: str, postmaster: str, wanted: End) -> None:
    """The sender's is the one that counts, if there is one."""
    notices = (RETURNED, TO_POSTMASTER, NOTICE_ACTIVE, NOTICE_ACTIVE.replace(NOTICE, SECOND))
    found = end(BEGUN, ACTIVE, BOUNCED, *notices, tried(sender, NOTICE), tried(postmaster, SECOND))
    assert (found.end, [notice.kind for notice in found.notices]) == (wanted, ["sender non-delivery", "postmaster non-delivery"])


def test_a_filter_that_returns_a_message_for_each() -> None:
    """What came back for another recipient is not about this one; what was not tried yet may be about anybody."""
    bob, eve = "bob@lab.test", "eve@lab.test"
    given = (BEGUN, ACTIVE, TO_FILTER, TO_FILTER.replace(bob, eve))
    back = (f"{BACK}, orig_queue_id={ID}", f"{BACK.replace(NEXT, SECOND)}, orig_queue_id={ID}")
    ends = (tried("sent", NEXT), tried("bounced", SECOND, eve))
    assert end(*given, *back, *ends, recipient=bob, others=(eve,)).end is End.DELIVERED
    assert end(*given, *back, *ends, recipient=eve, others=(bob,)).end is End.BOUNCED
    assert end(*given, *back, *ends, recipient=bob, others=(eve,)).queue_ids == (ID, NEXT)
    assert end(*given, *back, ends[0], recipient=eve, others=(bob,)).end is End.QUEUED


def test_a_recipient_that_was_renamed_in_a_session_of_two() -> None:
    """What is tried for none of the other recipients is his; the message has all of them."""
    good = session()
    moved = Exchange("RCPT", "RCPT TO:<moved@lab.test>", reply("250 2.1.5 Ok"), START)
    both = replace(good, exchanges=(*good.exchanges[:4], moved, *good.exchanges[4:]))
    lines = log_of(BEGUN, ACTIVE, SENT, tried("deferred", to="carol@far.example"))
    found = outcome(evidence(sessions=(both,), log=lines, messages=()))
    assert [one.later for one in found.recipients] == ["", "deferred"]
    assert found.message.later == "deferred"

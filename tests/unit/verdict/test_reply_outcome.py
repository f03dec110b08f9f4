"""The fate of a mail for each recipient, from the replies alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.transcript import Ending, Exchange, Transcript
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.reply_outcome import recipient_outcomes, session_outcome
from tests.unit.evidence_builder import START, reply, session


def fates(seen: Transcript) -> list[str]:
    return [str(outcome) for outcome in recipient_outcomes(seen) or (session_outcome(seen),)]


def with_more(*exchanges: tuple[Stage, str]) -> Transcript:
    """The good session up to its RCPT, and then these."""
    good = session()
    more = tuple(Exchange(stage, f"{stage} <x@lab.test>", reply(text), START) for stage, text in exchanges)
    return replace(good, exchanges=(*good.exchanges[:4], *more))


def test_a_line_that_broke_after_a_reply() -> None:
    """Whatever the last stage was, the client was told nothing about the mail."""
    good = session()
    broken = replace(good, exchanges=good.exchanges[:4], ended="closed")
    found = session_outcome(broken)
    assert (found.fate, found.stage, found.reply) == (session_outcome(replace(session(DATA=None), ended="closed")).fate, "RCPT", None)


@pytest.mark.parametrize(
    "replies,fate",
    [
        ({}, "accept 250 2.0.0"),
        ({"RCPT": "450 4.7.1 no"}, "defer 450 4.7.1"),
        ({"RCPT": "550 5.7.23 no"}, "reject 550 5.7.23"),
        ({"MAIL": "550 5.1.8 no"}, "reject 550 5.1.8"),
        ({"CONNECT": "554 5.7.1 no"}, "reject 554 5.7.1"),
        ({"DATA": "450 4.7.1 no"}, "defer 450 4.7.1"),
        ({"MESSAGE": "554 5.7.1 no"}, "reject 554 5.7.1"),
        ({"RCPT": "451 4.3.0 <x>: Temporary lookup failure"}, "infrastructure 451 4.3.0"),
        ({"RCPT": "451 4.3.5 Server configuration error"}, "infrastructure 451 4.3.5"),
        ({"RCPT": "451 4.7.1 Service unavailable"}, "infrastructure 451 4.7.1"),
        ({"RCPT": "451 4.7.1 Greylisted"}, "defer 451 4.7.1"),
        ({"CONNECT": "421 no"}, "disconnect 421"),
    ],
)
def test_first_refusal_decides(replies: dict[str, str], fate: str) -> None:
    """Whatever the stage, the class is told by the code, and the mail host's own trouble by its text."""
    assert fates(session(**replies)) == [fate]


@pytest.mark.parametrize(
    "ended,fate", [("closed", Fate.DISCONNECT), ("timeout", Fate.UNKNOWN), ("error", Fate.UNKNOWN), ("refused", Fate.CLOSED)]
)
def test_no_reply_is_a_disconnect_or_unknown(ended: Ending, fate: Fate) -> None:
    """The mail host may hang up; whoever did not wait long enough knows nothing."""
    (outcome,) = recipient_outcomes(replace(session(RCPT=None), ended=ended))
    assert (outcome.fate, bool(outcome.why)) == (fate, True)


def test_each_recipient_has_a_fate() -> None:
    """One is accepted, one refused, and the message's reply is the first one's."""
    seen = with_more(("RCPT", "550 5.1.1 no"), ("DATA", "354 go"), ("MESSAGE", "250 2.0.0 Ok"))
    assert fates(seen) == ["accept 250 2.0.0", "reject 550 5.1.1"]


def test_message_that_is_refused_refuses_all() -> None:
    """What was accepted at RCPT is refused with the message."""
    seen = with_more(("RCPT", "250 2.1.5 Ok"), ("DATA", "354 go"), ("MESSAGE", "451 4.7.0 no"))
    assert fates(seen) == ["defer 451 4.7.0"] * 2


def test_second_mail_of_a_session_is_another() -> None:
    """A MAIL ends the mail before it: its recipients do not share the second one's reply."""
    seen = with_more(("MAIL", "250 2.1.0 Ok"), ("RCPT", "250 2.1.5 Ok"), ("DATA", "354 go"), ("MESSAGE", "554 no"))
    assert fates(seen) == ["accept 250 2.1.5", "reject 554"]


def test_bad_sequence_is_no_decision_of_its_own() -> None:
    """A client that goes on after a refused MAIL is told 503 at RCPT, and the refusal of MAIL decided."""
    refused = session(MAIL="550 5.1.8 no")
    rcpt = Exchange("RCPT", "RCPT TO:<bob@lab.test>", reply("503 5.5.1 Error: need MAIL command"), START)
    persistent = replace(refused, exchanges=(*refused.exchanges[:3], rcpt))
    assert fates(persistent) == [str(session_outcome(persistent))] == ["reject 550 5.1.8"]


def test_recipient_has_the_address_that_the_client_wrote() -> None:
    """As it stands between the brackets."""
    assert [one.recipient for one in recipient_outcomes(session())] == ["bob@lab.test"]


@pytest.mark.parametrize("text,final", [("521 go", True), ("554 5.7.1 no", True), ("421 no", False), ("450 no", False)])
def test_a_final_refusal_is_one_that_nobody_repeats(text: str, final: bool) -> None:
    """Whether the mail host hung up with it or not."""
    assert session_outcome(session(CONNECT=text)).final is final

"""What became of a session: six outcomes, of which a broken mail host is one of its own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.smtp.transcript import Exchange, Transcript
from postfix_lab.verdict.checks import Status, connected_as, decided, within
from postfix_lab.verdict.checks.outcomes import VERDICTS, unless_closed
from postfix_lab.verdict.judge import judge
from postfix_lab.verdict.reply_outcome import session_outcome
from tests.unit.evidence_builder import START, evidence, log_of, reply, session

BROKEN = "451 4.3.5 <bob@lab.test>: Recipient address rejected: Server configuration error"
CASES = [
    (session(), "accept"),
    (replace(session(MESSAGE=None), ended="dropped"), "accept"),
    (session(RCPT="450 4.7.1 Try again"), "defer"),
    (session(RCPT="451 4.7.1 Greylisted"), "defer"),
    (session(RCPT="451 4.7.1 Service unavailable; Client host blocked using dnsbl.example"), "defer"),
    (session(RCPT="554 5.7.1 Relay access denied"), "reject"),
    (session(CONNECT="521 5.7.1 Go away"), "disconnect"),
    (session(MAIL="421 4.7.0 Too many errors"), "disconnect"),
    (replace(session(DATA=None), ended="closed"), "disconnect"),
    (session(RCPT="451 4.3.0 <bob@lab.test>: Temporary lookup failure"), "infrastructure"),
    (session(RCPT=BROKEN), "infrastructure"),
    (session(RCPT="451 4.7.1 Service unavailable - try again later"), "infrastructure"),
    (replace(session(), exchanges=(), ended="refused"), "closed"),
    (replace(session(DATA=None), ended="timeout"), "unknown"),
]


@pytest.mark.parametrize("transcript, word", CASES, ids=[f"{n}-{word}" for n, (_, word) in enumerate(CASES)])
def test_each_session_has_one_outcome(transcript: Transcript, word: str) -> None:
    """And satisfies that verdict alone; a reply that never came satisfies none."""
    assert session_outcome(transcript).fate == word
    seen = evidence(sessions=(transcript,))
    right = [verdict for verdict in VERDICTS if decided(verdict).judge(seen).status is Status.PASS]
    assert right == [word for word in [word] if word in VERDICTS]


def test_a_broken_mail_host_is_unknown_unless_it_is_expected() -> None:
    """The guard lets the reply be where `infrastructure` is the verdict that is wanted."""
    seen = evidence(sessions=(session(RCPT=BROKEN),), messages=())
    without = ("accepted-arrives", "quiet-log")
    assert judge(seen, [decided("defer")], without).status is Status.UNKNOWN
    assert judge(seen, [decided("infrastructure")], without).status is Status.PASS
    assert judge(seen, [decided(code=451, text="Server configuration error")], without).status is Status.PASS


def with_eve(text: str, *more: Exchange) -> Evidence:
    """The good session with a second recipient, eve, who got that reply."""
    good = session()
    eve = Exchange("RCPT", "RCPT TO:<eve@lab.test>", reply(text), START)
    return evidence(sessions=(replace(good, exchanges=(*good.exchanges[:4], eve, *good.exchanges[4:], *more)),))


@pytest.mark.parametrize("verdict", ["accept", "reject", "defer"])
def test_recipients_that_fare_differently_have_to_be_told_apart(verdict: str) -> None:
    """Neither verdict is right or wrong then: the error has each recipient's outcome and how to name one."""
    with pytest.raises(InputError) as caught:
        decided(verdict).judge(with_eve("550 5.1.1 No"))
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        "the recipients' outcomes differ (bob@lab.test accept 250 2.0.0, eve@lab.test reject 550 5.1.1); "
        f'name one, as in decided("{verdict}", recipient="bob@lab.test"), or in YAML `recipient: bob@lab.test`'
    )


def test_named_recipient_has_an_outcome_of_his_own() -> None:
    """Bob's mail was accepted with the message, eve's refused at RCPT; case does not matter."""
    seen = with_eve("550 5.1.1 No")
    assert decided("accept", stage="MESSAGE", recipient="bob@lab.test").judge(seen).status is Status.PASS
    found = decided("accept", recipient="Eve@lab.test").judge(seen)
    assert (found.status, found.want) == (Status.FAIL, "accept for Eve@lab.test")
    assert found.got == "reject: RCPT refused with 550 5.1.1"
    assert decided("reject", code=550, recipient="eve@lab.test").judge(seen).status is Status.PASS


def test_recipients_that_fare_alike_need_no_name() -> None:
    """Both accepted is accepted, both refused is refused; only what is asked about the reply may tell them apart."""
    assert decided("accept").judge(with_eve("250 2.1.5 Ok")).status is Status.PASS
    bad = session(RCPT="550 5.1.1 No")
    eve = Exchange("RCPT", "RCPT TO:<eve@lab.test>", reply("554 5.7.1 No"), START)
    both = evidence(sessions=(replace(bad, exchanges=(*bad.exchanges[:-1], eve)),))
    assert decided("reject").judge(both).status is Status.PASS
    with pytest.raises(InputError, match=r"bob@lab.test reject 550 5.1.1, eve@lab.test reject 554 5.7.1"):
        decided("reject", code=550).judge(both)


def test_recipient_that_nobody_named_is_a_mistake() -> None:
    """A slip of the pen is told with the one that was probably meant; a session that broke before RCPT has one outcome."""
    with pytest.raises(InputError, match=r"did you mean bob@lab\.test"):
        decided("accept", recipient="rob@lab.test").judge(evidence())
    early = evidence(sessions=(session(HELO="550 5.7.1 No"),))
    assert decided("reject", recipient="bob@lab.test").judge(early).status is Status.PASS


def test_same_recipient_of_two_mails_cannot_be_told_apart() -> None:
    """A second mail of the session that went otherwise is no recipient's business, and the remedy says so."""
    good = session()
    second = (Exchange("MAIL", "MAIL FROM:<ann@good.example>", reply("250 2.1.0 Ok"), START),
              Exchange("RCPT", "RCPT TO:<bob@lab.test>", reply("450 4.7.1 Later"), START))  # fmt: skip
    both = evidence(sessions=(replace(good, exchanges=(*good.exchanges[:-1], *second)),))
    with pytest.raises(InputError, match=r"hold a session for each mail, or use replied"):
        decided("accept", recipient="bob@lab.test").judge(both)


def test_the_finding_tells_both_sides() -> None:
    """What was wanted of the reply, and which outcome it was instead, with its text where one was wanted."""
    seen = evidence(sessions=(session(RCPT="554 5.7.1 Relay access denied"),))
    found = decided("accept", "defer", stage="RCPT", code="4xx", text="Greylisted").judge(seen)
    assert found.want == 'accept or defer: RCPT 4xx "Greylisted"'
    assert found.got == 'reject: RCPT refused with 554 5.7.1 "Relay access denied"'


def test_time_is_measured_from_the_connection_to_its_end() -> None:
    """Half a second is within one, and not within a tenth of one."""
    assert within(1).judge(evidence()).status is Status.PASS
    found = within(0.1).judge(evidence())
    assert (found.status, found.got) == (Status.FAIL, "the session took 0.50 s, 0.00 s of it for CONNECT")


def test_nothing_wanted_is_a_mistake() -> None:
    """`decided()` alone would be true of every session."""
    with pytest.raises(InputError, match="decided"):
        decided()
    with pytest.raises(InputError, match="did you mean accept"):
        decided("acept")


@pytest.mark.parametrize(
    "lines, status",
    [
        (("postscreen: CONNECT from [203.0.113.10]:40001 to [192.0.2.21]:25",), Status.PASS),
        ((), Status.FAIL),
        (("postscreen: CONNECT from [203.0.113.10]:40001 to [192.0.2.21]:25",
          "smtpd: connect from unknown[203.0.113.10]"), Status.FAIL),
        (("smtpd: connect from unknown[203.0.113.10]",), Status.FAIL),
    ],
)  # fmt: skip
def test_what_postscreen_keeps_to_itself(lines: tuple[str, ...], status: Status) -> None:
    """Nothing is asked of smtpd about a client that it never met."""
    seen = evidence(log=log_of(*lines), messages=())
    assert unless_closed(connected_as("mail.good.example")).judge(seen).status is status

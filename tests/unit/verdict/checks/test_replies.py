"""Checks of replies, each of them in both directions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.errors import InputError
from postfix_lab.evidence.address import Address, piece_at
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.verdict.checks import Check, Status, accepted, ended, refused, replied, sent
from tests.unit.evidence_builder import evidence, refused_at_rcpt, reply, session

HOSTNAME = "cannot find your hostname, [203.0.113.10]"


@pytest.mark.parametrize(
    "check",
    [
        accepted(),
        accepted("RCPT"),
        replied("RCPT", 250),
        replied("RCPT", "2xx", "2.1.5", "Ok"),
        replied("RCPT", 250, said="bob@lab.test"),
        replied("CONNECT", 220, text="ESMTP"),
        ended("quit"),
    ],
)
def test_good_mail_passes_and_a_refused_one_fails(check: Check) -> None:
    """What holds for an accepted mail does not hold for one that was refused, or broke at once."""
    assert check.judge(evidence()).status is Status.PASS
    broken = replace(session(CONNECT=None), ended="closed")
    bad = (
        refused_at_rcpt() if "CONNECT" not in check.want and "quit" not in check.want else evidence(sessions=(broken,))
    )
    assert check.judge(bad).status is Status.FAIL


@pytest.mark.parametrize(
    "check",
    [
        refused("RCPT", 450, "4.7.25", HOSTNAME),
        refused("RCPT", "4xx"),
        replied("RCPT", 450),
        replied("RCPT", 450, text=r"cannot find your (reverse )?hostname"),
    ],
)
def test_refusal_passes_and_a_good_mail_fails(check: Check) -> None:
    """What holds for a refused mail does not hold for an accepted one."""
    assert check.judge(refused_at_rcpt()).status is Status.PASS
    assert check.judge(evidence()).status is Status.FAIL


@pytest.mark.parametrize(
    "check",
    [
        refused("RCPT", 550),
        refused("RCPT", 450, "4.7.1"),
        refused("RCPT", 450, text="reverse hostname"),
        refused("MAIL", 450),
        replied("RCPT", "5xx"),
        replied("RCPT", 450, said="carol@"),
    ],
)
def test_each_part_of_a_reply_counts(check: Check) -> None:
    """Another code, enhanced code, text, stage or recipient is a failure."""
    assert check.judge(refused_at_rcpt()).status is Status.FAIL


def test_refused_fails_when_a_message_was_taken_after_all() -> None:
    """One refused recipient is no refusal of the mail when another one was accepted and the message taken."""
    good = session()
    second = Exchange("RCPT", "RCPT TO:<x@relay.example>", reply("554 5.7.1 Relay access denied"), good.started)
    mixed = replace(good, exchanges=(*good.exchanges[:4], second, *good.exchanges[4:]))
    finding = refused("RCPT", 554).judge(evidence(sessions=(mixed,)))
    assert finding.status is Status.FAIL
    assert finding.got == "RCPT refused with 554 5.7.1, and yet MESSAGE accepted with 250 2.0.0"


def test_accepted_fails_when_one_of_two_recipients_was_refused() -> None:
    """Every reply to the stage has to be positive."""
    good = session()
    second = Exchange("RCPT", "RCPT TO:<x@relay.example>", reply("554 5.7.1 Relay access denied"), good.started)
    mixed = replace(good, exchanges=(*good.exchanges[:3], second, *good.exchanges[3:]))
    assert accepted("RCPT").judge(evidence(sessions=(mixed,))).where == Address("session", 0, 3)


def test_failure_points_at_the_exchange_in_plain_words() -> None:
    """Want and got use the same words, and the finding points at the reply."""
    seen = evidence()
    finding = refused("RCPT", 450, "4.7.25").judge(seen)
    assert (finding.want, finding.got) == ("RCPT refused with 450 4.7.25", "RCPT accepted with 250 2.1.5")
    assert finding.where is not None
    assert piece_at(seen, finding.where) is seen.sessions[0].exchanges[3]


def test_stage_that_was_not_reached_is_a_failure() -> None:
    """A client that got stuck before the stage was not answered as wanted."""
    finding = replied("MESSAGE", 250).judge(refused_at_rcpt())
    assert finding.status is Status.FAIL
    assert finding.got.startswith("MESSAGE was not reached; RCPT refused with 450 4.7.25")


def test_refused_connection_is_told_with_its_reason() -> None:
    """A session without any reply says how it ended."""
    nobody = replace(session(), exchanges=(), ended="refused", error="connection refused")
    finding = refused("CONNECT", 554).judge(evidence(sessions=(nobody,)))
    assert finding.got == "CONNECT was not reached; the session ended with refused (connection refused)"


@pytest.mark.parametrize("check", [replied("RCPT", 250, session=1), ended("quit", session=1), accepted(session=-1)])
def test_session_that_was_not_seen_is_unknown(check: Check) -> None:
    """Where there is no transcript, nothing is known."""
    assert check.judge(evidence()).status is Status.UNKNOWN


def test_second_session_is_judged_by_its_number() -> None:
    """Sessions are counted from 0."""
    both = evidence(sessions=(session(), session(RCPT="450 4.7.25 no")))
    assert accepted(session=0).judge(both).status is Status.PASS
    assert refused("RCPT", 450, session=1).judge(both).status is Status.PASS
    assert refused("RCPT", 450, session=0).judge(both).status is Status.FAIL


def test_misspelt_stage_code_and_ending_are_told_at_once() -> None:
    """A check that could never hold is an error of whoever wrote it."""
    with pytest.raises(InputError, match="did you mean RCPT"):
        replied("RCTP", 250)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no SMTP reply code"):
        refused("RCPT", 45)
    with pytest.raises(InputError, match="did you mean dropped"):
        ended("droped")  # type: ignore[arg-type]


ODD = Exchange("MESSAGE", "Subject: lab\r\n\r\nHello.\n.\nMAIL\0\r\n", reply("250 2.0.0 Ok"), 0.0)


@pytest.mark.parametrize("octets", ["<LF>.<LF>", "lab<CR><LF><CR><LF>Hello", "MAIL<NUL>", "."])
def test_octets_that_were_sent(octets: str) -> None:
    """What cannot be seen is named; a dot is a dot."""
    odd = evidence(sessions=(replace(session(), exchanges=(*session().exchanges[:5], ODD)),))
    assert sent(octets, stage="MESSAGE").judge(odd).status is Status.PASS
    assert sent(octets, stage="HELO").judge(evidence()).status is (Status.PASS if octets == "." else Status.FAIL)


@pytest.mark.parametrize("octets", ["<CR>.<LF>", "Hello.<LF>X", "<LF><LF>", "[.]"])
def test_octets_that_were_not_sent(octets: str) -> None:
    """Nothing is taken for a pattern; the oddest thing that was said is told, spelled out."""
    odd = evidence(sessions=(replace(session(), exchanges=(*session().exchanges[:5], ODD)),))
    finding = sent(octets).judge(odd)
    assert finding.status is Status.FAIL
    assert finding.got == r"it said Subject: lab\r\n\r\nHello.\n.\nMAIL\x00\r\n"

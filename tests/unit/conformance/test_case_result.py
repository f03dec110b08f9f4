"""A result is read from what really came: a reply, a delivered header, or a log that shows why there is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.conformance.case_result import outcome
from tests.unit.evidence_builder import log_of, message, session

WHY = "Please see http://www.openspf.net/Why?s=mfrom;id=x@a.example;ip=1.2.3.4;r=lab.test"
TO = "bob@lab.test"


@pytest.mark.parametrize(
    "codes, text, result, explanation",
    [
        ("550 5.7.23", "rejected due to: SPF fail - not authorized", "fail", "DEFAULT"),
        ("550 5.7.23", "rejected due to: Not. Please see  me", "fail", "Not. Please see  me"),
        ("550 5.7.24", "rejected due to: SPF Permanent Error: x", "permerror", None),
        ("450 4.7.24", "deferred due to: SPF Temporary Error: x", "temperror", None),
    ],
)
def test_a_verdict_in_the_reply(codes: str, text: str, result: str, explanation: str | None) -> None:
    """The enhanced code tells the result; only a fail has an explanation, and all of it."""
    told = session(RCPT=f"{codes} <{TO}>: Recipient address rejected: Message {text}. {WHY}")
    found = outcome(told, (), (), TO)
    assert (found.result, found.explanation, found.identity, found.who) == (result, explanation, "mailfrom", "x@a.example")


def test_a_refusal_of_smtpd_is_no_result() -> None:
    """An envelope that SMTP cannot say is known by its reply."""
    found = outcome(session(MAIL="501 5.1.7 Bad sender address syntax"), (), (), TO)
    assert (found.result, found.permanent) == ("", True)
    assert found.reply.endswith("-> 501 5.1.7 Bad sender address syntax")


def test_what_policyd_spf_died_of() -> None:
    """The last line of its traceback stands in the log."""
    (line,) = log_of("policyd-spf[7]: ValueError: embedded null character")
    told = session(RCPT="451 4.3.5 Server configuration problem")
    found = outcome(told, (), (replace(line, program="policyd-spf"),), TO)
    assert (found.result, found.permanent, found.crash) == ("", False, "ValueError: embedded null character")


def test_a_result_in_the_delivered_header() -> None:
    """The message of that recipient, and the topmost header, decide."""
    header = f"Received-SPF: None (mailfrom) identity=mailfrom; client-ip=1.2.3.4; envelope-from=x@a.example; receiver={TO}"
    mine = message(recipients=(TO,), content=f"{header}\r\nReceived-SPF: Pass (mailfrom)\r\n\r\n", protocol="LMTP")
    other = replace(mine, recipients=("eve@lab.test",), content="Received-SPF: Fail (mailfrom)\r\n\r\n")
    found = outcome(session(), (other, mine), (), TO)
    assert (found.result, found.who) == ("none", "x@a.example")


def test_other_lines_are_no_crash() -> None:
    """Another program's exception, and another line of policyd-spf."""
    (foreign,) = log_of("smtpd: ValueError: odd")
    (plain,) = log_of("policyd-spf: Starting")
    told = session(RCPT="451 4.3.5 Server configuration problem")
    assert outcome(told, (), (foreign, plain), TO).crash == ""


def test_whose_mail_a_cut_reply_is_about() -> None:
    """The line of smtpd about that recipient tells, not another line with him in it and not another recipient's."""
    text = f"550 5.7.23 <{TO}>: Recipient address rejected: Message rejected due to: x"
    told = session(RCPT=text)
    line = "smtpd: NOQUEUE: reject: RCPT from unknown[203.0.113.10]:1: 550 5.7.23 x; from=<{}> to=<{}> proto=ESMTP helo=<h.example>"
    sent = f"lmtp: 4ABCD12345: to=<{TO}>, relay=none, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x)"
    log = log_of(sent, line.format("eve@b.example", "eve@lab.test"), line.format("x@a.example", TO))
    found = outcome(told, (), log, TO)
    assert (found.identity, found.who) == ("mailfrom", "x@a.example")
    null = outcome(told, (), log_of(line.format("", TO)), TO)
    assert (null.identity, null.who) == ("helo", "h.example")
    assert outcome(told, (), (), TO).identity == ""


@pytest.mark.parametrize(
    "reply, permanent",
    [
        ("550 5.7.23 <bob@lab.test>: Recipient address rejected: no", True),
        ("450 4.1.8 <bob@lab.test>: Recipient address rejected: Message deferred due to: x. Please see y", False),
    ],
)
def test_half_a_verdict_is_none(reply: str, *, permanent: bool) -> None:
    """It takes both policyd-spf's enhanced code and its words."""
    found = outcome(session(RCPT=reply), (), (), TO)
    assert (found.result, found.permanent, found.identity) == ("", permanent, "")


def test_an_accepted_mail_without_a_header() -> None:
    """There is no result; whether a message arrived is said."""
    plain = message(recipients=(TO,), content="Subject: x\r\n\r\n", protocol="LMTP")
    found = outcome(session(), (plain,), (), TO)
    assert (found.result, found.reply.endswith("queued as 4ABCD12345")) == ("", True)
    lost = outcome(session(), (), (), TO)
    assert (lost.result, lost.reply) == ("", f"{found.reply}; no message arrived")


@pytest.mark.parametrize("error, told", [(None, "no reply: closed"), ("connection reset\x1b", "no reply: closed connection reset\\x1b")])
def test_a_session_without_a_reply(error: str | None, told: str) -> None:
    """It has no result, and its end is told."""
    silent = replace(session(CONNECT=None), exchanges=(), ended="closed", error=error)
    found = outcome(silent, (message(),), (), "bob@lab.test")
    assert (found.result, found.reply, found.permanent) == ("", told, False)

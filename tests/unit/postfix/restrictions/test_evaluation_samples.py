"""Real sessions, restriction by restriction, as Postfix 3.7 evaluated them."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.events import Reject
from postfix_lab.postfix.restrictions import evaluate
from postfix_lab.postfix.restrictions.evaluation import Result, _result
from postfix_lab.postfix.restrictions.trace import TracedList, TracedRestriction
from tests.unit.postfix.restrictions.shown import command_lines
from tests.unit.traced import CLASS, DEFERRED, GOOD, NO_PTR, configured, traced


@pytest.mark.parametrize(
    "which, lines",
    [
        (GOOD, [
            "CONNECT '' -> '220 mx.lab.test ESMTP Postfix (Debian/GNU)' (220) at 0.00",
            "EHLO 'EHLO h10.good.example' -> '250 CHUNKING' (250) at 0.01",
            "MAIL 'MAIL FROM:<ann@good.example>' -> '250 2.1.0 Ok' (250) at 0.01",
            "RCPT 'RCPT TO:<bob@lab.test>' -> '250 2.1.5 Ok' (250) at 0.05",
            "  smtpd_relay_restrictions (list)",
            "    dunno: smtpd_relay_restrictions[0] permit_sasl_authenticated (main.cf:36) 0.06-0.06",
            "    dunno: smtpd_relay_restrictions[1] permit_mynetworks (main.cf:37) 0.06-0.06",
            "    dunno: smtpd_relay_restrictions[2] reject_unknown_reverse_client_hostname (main.cf:38) 0.06-0.06",
            "    dunno: smtpd_relay_restrictions[3] reject_unauth_destination (main.cf:39) 0.06-0.06",
            "    dunno: smtpd_relay_restrictions[4] check_policy_service unix:private/policyd-spf (main.cf:40) 0.06-0.16",
            "        < prepend Received-SPF: None (mailfrom) identity=mailfrom; client-ip=203.0.113.10; helo=h10.good.example; envelope-from=ann@good.example; receiver=lab.test",
            "  smtpd_reject_unlisted_recipient (maps)",
            "    dunno: smtpd_reject_unlisted_recipient[0] reject_unlisted_recipient (default) 0.16-0.16",
            "DATA 'DATA' -> '354 End data with <CR><LF>.<CR><LF>' (354) at 0.17",
            "MESSAGE '.' -> '250 2.0.0 Ok: queued as B1CB21B2CAE' (250) at 0.17",
            "QUIT 'QUIT' -> '221 2.0.0 Bye' (221) at 0.18",
        ]),
        (NO_PTR, [
            "CONNECT '' -> '220 mx.lab.test ESMTP Postfix (Debian/GNU)' (220) at 0.00",
            "EHLO 'EHLO h9.good.example' -> '250 CHUNKING' (250) at 0.00",
            "MAIL 'MAIL FROM:<ann@good.example>' -> '250 2.1.0 Ok' (250) at 0.00",
            "RCPT 'RCPT TO:<bob@lab.test>' -> '450 4.7.1 Client host rejected: cannot find your reverse hostname, [203.0.113.9]' (450) at 0.00",
            "  smtpd_relay_restrictions (list) by reject_unknown_reverse_client_hostname",
            "    dunno: smtpd_relay_restrictions[0] permit_sasl_authenticated (main.cf:36) 0.00-0.00",
            "    dunno: smtpd_relay_restrictions[1] permit_mynetworks (main.cf:37) 0.00-0.00",
            "    defer: smtpd_relay_restrictions[2] reject_unknown_reverse_client_hostname (main.cf:38) 0.00-0.00",
            "        ! reject Client host rejected: cannot find your reverse hostname, [203.0.113.9]",
            "    not reached: smtpd_relay_restrictions[3] reject_unauth_destination (main.cf:39)",
            "    not reached: smtpd_relay_restrictions[4] check_policy_service unix:private/policyd-spf (main.cf:40)",
            "QUIT 'QUIT' -> '221 2.0.0 Bye' (221) at 0.00",
        ]),
        (CLASS, [
            "CONNECT '' -> '220 mx.lab.test ESMTP Postfix (Debian/GNU)' (220) at 0.00",
            "EHLO 'EHLO h7.good.example' -> '250 CHUNKING' (250) at 0.02",
            "MAIL 'MAIL FROM:<ann@gone.example>' -> '250 2.1.0 Ok' (250) at 0.02",
            "RCPT 'RCPT TO:<bob@lab.test>' -> '250 2.1.5 Ok' (250) at 0.10",
            "  smtpd_client_restrictions (list) by permit",
            "    permit: smtpd_client_restrictions[0] check_client_access inline:{{203.0.113.7=greedy}} (override) 0.10-0.11",
            "        < greedy",
            "        inline:{{203.0.113.7=greedy}} (table) by permit",
            "          permit: inline:{{203.0.113.7=greedy}}[0] greedy (inline:{{203.0.113.7=greedy}}) 0.10-0.11",
            "              greedy (class) by permit",
            "                dunno: greedy[0] warn_if_reject (override) 0.10-0.10",
            "                dunno: greedy[1] reject_unknown_sender_domain (override) 0.10-0.11",
            "                    ! reject_warning <ann@gone.example>: Sender address rejected: Domain not found",
            "                permit: greedy[2] permit (override) 0.11-0.11",
            "  smtpd_sender_restrictions (list)",
            "    dunno: smtpd_sender_restrictions[0] check_sender_access inline:{{later.example=defer_if_permit 4.7.9 come back}, {never.example=reject no more}} (override) 0.11-0.11",
            "  smtpd_recipient_restrictions (list)",
            "    dunno: smtpd_recipient_restrictions[0] check_recipient_access inline:{{vip@lab.test=permit}} (override) 0.11-0.11",
            "    dunno: smtpd_recipient_restrictions[1] reject_unlisted_recipient (override) 0.11-0.11",
            "  smtpd_relay_restrictions (list)",
            "    dunno: smtpd_relay_restrictions[0] permit_sasl_authenticated (main.cf:36) 0.11-0.11",
            "    dunno: smtpd_relay_restrictions[1] permit_mynetworks (main.cf:37) 0.11-0.11",
            "    dunno: smtpd_relay_restrictions[2] reject_unknown_reverse_client_hostname (main.cf:38) 0.11-0.11",
            "    dunno: smtpd_relay_restrictions[3] reject_unauth_destination (main.cf:39) 0.11-0.11",
            "    dunno: smtpd_relay_restrictions[4] check_policy_service unix:private/policyd-spf (main.cf:40) 0.11-0.26",
            "        < prepend Received-SPF: None (mailfrom) identity=mailfrom; client-ip=203.0.113.7; helo=h7.good.example; envelope-from=ann@gone.example; receiver=lab.test",
            "DATA 'DATA' -> '354 End data with <CR><LF>.<CR><LF>' (354) at 0.31",
            "  unknown (list)",
            "    dunno: unknown[0] reject_multi_recipient_bounce (unknown) 0.31-0.31",
            "MESSAGE '.' -> '250 2.0.0 Ok: queued as 848301B2C40' (250) at 0.31",
            "  unknown (list)",
            "    dunno: unknown[0] check_client_access (unknown) 0.31-0.31",
            "QUIT 'QUIT' -> '221 2.0.0 Bye' (221) at 0.31",
        ]),
        (DEFERRED, [
            "CONNECT '' -> '220 mx.lab.test ESMTP Postfix (Debian/GNU)' (220) at 0.00",
            "EHLO 'EHLO h9.good.example' -> '250 CHUNKING' (250) at 0.00",
            "MAIL 'MAIL FROM:<ann@later.example>' -> '250 2.1.0 Ok' (250) at 0.00",
            "RCPT 'RCPT TO:<bob@lab.test>' -> '450 4.7.9 <ann@later.example>: Sender address rejected: come back' (450) at 0.00 !reject <ann@later.example>: Sender address rejected: come back",
            "  smtpd_client_restrictions (list)",
            "    dunno: smtpd_client_restrictions[0] check_client_access inline:{{203.0.113.7=greedy}} (override) 0.00-0.00",
            "  smtpd_sender_restrictions (list)",
            "    dunno: smtpd_sender_restrictions[0] check_sender_access inline:{{later.example=defer_if_permit 4.7.9 come back}, {never.example=reject no more}} (override) 0.00-0.00",
            "        < defer_if_permit 4.7.9 come back",
            "  smtpd_recipient_restrictions (list)",
            "    dunno: smtpd_recipient_restrictions[0] check_recipient_access inline:{{vip@lab.test=permit}} (override) 0.00-0.00",
            "    dunno: smtpd_recipient_restrictions[1] reject_unlisted_recipient (override) 0.00-0.00",
            "  smtpd_relay_restrictions (list)",
            "    dunno: smtpd_relay_restrictions[0] permit_sasl_authenticated (main.cf:36) 0.00-0.00",
            "    dunno: smtpd_relay_restrictions[1] permit_mynetworks (main.cf:37) 0.00-0.00",
            "    dunno: smtpd_relay_restrictions[2] reject_unknown_reverse_client_hostname (main.cf:38) 0.00-0.00",
            "    dunno: smtpd_relay_restrictions[3] reject_unauth_destination (main.cf:39) 0.00-0.00",
            "    dunno: smtpd_relay_restrictions[4] check_policy_service unix:private/policyd-spf (main.cf:40) 0.00-0.01",
            "        < prepend Received-SPF: None (mailfrom) identity=mailfrom; client-ip=203.0.113.9; helo=h9.good.example; envelope-from=ann@later.example; receiver=lab.test",
            "QUIT 'QUIT' -> '221 2.0.0 Bye' (221) at 0.01",
        ]),
    ],
)  # fmt: skip
def test_a_real_session(which: int, lines: list[str]) -> None:
    """Each command with its lists, and each restriction with its place, result, answers and refusals."""
    seen = traced(which)
    assert seen.configured is not None
    assert command_lines(evaluate(seen.log, seen.configured, "smtp/inet")) == lines


def test_a_list_that_smtpd_did_not_run() -> None:
    """It stands at its place, and each restriction of it was not reached."""
    seen = traced(GOOD)
    rcpt = next(one for one in evaluate(seen.log, configured(smtpd_helo_restrictions="permit_mynetworks, reject"), "smtp/inet") if one.verb == "RCPT")
    helo = rcpt.lists[0]
    assert (helo.name, helo.ran, [step.result for step in helo.steps], helo.decisive) == ("smtpd_helo_restrictions", False, ["not reached"] * 2, None)
    assert [one.ran for one in rcpt.lists[1:]] == [True] * len(rcpt.lists[1:])


def logged(name: str = "x", status: int | None = None, *, code: int | None = None, action: str = "reject", inner: TracedRestriction | None = None) -> TracedRestriction:
    rejects = [Reject(action, "RCPT", "no", code=code)] if code is not None else []
    return TracedRestriction(name, 1.0, 2.0, status, rejects, inner=[TracedList("x", steps=[inner], ended=True)] if inner else [])


@pytest.mark.parametrize(
    "seen, done, result",
    [
        (logged(status=0), False, "dunno"),
        (logged(status=1, code=450), True, "permit"),
        (logged(code=450), True, "defer"),
        (logged(code=550), True, "reject"),
        (logged(code=0), True, "unknown"),
        (logged(code=450, action="warn"), True, "unknown"),
        (logged(inner=logged(status=1)), True, "permit"),
        (logged(inner=logged(code=450)), True, "defer"),
        (logged(status=2, code=550), True, "reject"),
        (logged(), True, "unknown"),
        (logged(""), True, "dunno"),
        (logged(""), False, "unknown"),
    ],
)
def test_the_result_of_a_restriction(seen: TracedRestriction, result: Result, *, done: bool) -> None:
    """By its status, else by its refusal, else by what it made smtpd evaluate."""
    assert _result(seen, done=done) == result

"""An explanation that was made by hand, as text and as data, word by word."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Result
from postfix_lab.report.explanation_text import WIDTH, decider_line, explanation_text
from postfix_lab.verdict.explanation import Decision, ExplainedSession, Why
from tests.unit.report.explained import CLIENT, DECIDING, FIRST, RCPT, RELAY, SESSION, explanation, step


def column(name: str) -> str:
    return f"{name:<56}"


def test_a_session_as_text() -> None:
    """The decision, then each command for which a list ran, restriction by restriction."""
    blank = " " * 13
    assert explanation_text(explanation()) == "\n".join([
        "session     192.0.2.1 port 9 -> port 25, smtp/inet",
        "reply       RCPT: 450 4.7.1 <b@c>: no",
        "decided by  reject  main.cf:5",
        "",
        f"{'RCPT TO:<b@c>':<72} <- 450 4.7.1 <b@c>: no",
        "  smtpd_client_restrictions  (about CONNECT, held until RCPT by smtpd_delay_reject)",
        f"    dunno       {column('check_client_access hash:/a')}  main.cf:5",
        f"    {blank}dns   x.example A -> NODATA",
        f"    {blank}said  reject x",
        f"    {blank}would 5.7.1 never",
        f"    {blank}log   warning: odd",
        f"    {blank}hash:/a  (what it said)",
        f"    {blank}  permit      {column('permit')}  table",
        "  greedy  (restriction class)",
        f"    defer       {column('reject')}  main.cf:5   <** decided",
        f"    {blank}reply 450 4.7.1 <b@c>: no",
        f"    not reached {column('permit')}  default",
        "  smtpd_reject_unlisted_recipient  (at the end of its stage)",
    ])


@pytest.mark.parametrize(
    "name, stage",
    [
        (CLIENT, "CONNECT"), ("smtpd_helo_restrictions", "HELO"), ("smtpd_sender_restrictions", "MAIL"),
        ("smtpd_reject_unlisted_sender", "MAIL"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("verb, held", [("RCPT", True), ("VRFY", True), ("ETRN", True), ("MAIL", False)])
def test_a_list_that_was_held(name: str, stage: str, verb: str, *, held: bool) -> None:
    """What it is about is said where it waited."""
    command = EvaluatedCommand(verb, "", 0.0, (Evaluation(name, "list", ()),))
    text = explanation_text(explanation(replace(SESSION, commands=(command,), decisions=(), decision=None))).splitlines()
    note = f"  (about {stage}, held until {verb} by smtpd_delay_reject)" if held else ""
    assert text[-2:] == [f"{verb:<72} <- (no reply)", f"  {name}{note}"]


def test_several_sessions() -> None:
    """A blank line is between them; one that nobody decided says so."""
    bare = ExplainedSession("192.0.2.2", 8, 26, "", (), ())
    text = explanation_text(explanation(bare, bare))
    told = "session     192.0.2.2 port 8 -> port 26, no service of master.cf\ndecided by  nobody: smtpd evaluated nothing"
    assert text == f"{told}\n\n{told}"


@pytest.mark.parametrize(
    "result, code", [("permit", "32"), ("reject", "31"), ("defer", "33"), ("not reached", "2"), ("unknown", "35"), ("dunno", "")]
)
def test_colours(result: Result, code: str) -> None:
    """Each result has its own; to know nothing has none."""
    command = EvaluatedCommand("RCPT", "", 0.0, (Evaluation(RELAY, "list", (step("x", result),)),))
    line = explanation_text(explanation(replace(SESSION, commands=(command,))), colour=True).splitlines()[-1]
    shown = f"\x1b[{code}m{result:<11}\x1b[0m" if code else f"{result:<11}"
    assert line == f"    {shown} {column('x')}  main.cf:5"


def test_lines_have_a_limit() -> None:
    """What a stranger said is cut short, and moves no terminal."""
    command = replace(RCPT, said="\x1b" * 99, reply="450 " + "x" * 500)
    decision = Decision(command, "restriction", step("y" * 99, "reject"))
    text = explanation_text(explanation(replace(SESSION, commands=(command,), decisions=(decision,), decision=decision)))
    assert max(map(len, text.splitlines())) == WIDTH == 132
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "why, told",
    [
        ("restriction", "reject  main.cf:5"),
        ("deferred", "reject  main.cf:5  (put off by it (defer_if_permit), said when the lists had ended)"),
        ("permitted", "reject  main.cf:5  (the rest of its list was not asked)"),
    ],
)
def test_who_decided(why: Why, told: str) -> None:
    """The restriction with its place, and how it came to."""
    assert decider_line(Decision(RCPT, why, DECIDING)) == told


@pytest.mark.parametrize(
    "why, told",
    [
        ("nothing refused", "no restriction: every list ran to its end, and nothing refused"),
        ("left", "nobody: the client went away before postscreen refused it anything"),
        ("outside", "no restriction: smtpd refused without asking one"),
        ("unknown", "unknown: the log does not say which"),
    ],
)
def test_nobody_decided(why: Why, told: str) -> None:
    """Each has its sentence; those that it may have been are named once."""
    assert decider_line(Decision(RCPT, why)) == told
    suspects = (DECIDING, FIRST, DECIDING)
    assert decider_line(Decision(RCPT, why, suspects=suspects)) == f"{told}; one of reject, check_client_access hash:/a"


def test_the_words_of_another() -> None:
    """The one that had doubts is named with them."""
    told = decider_line(Decision(RCPT, "restriction", DECIDING, worded=FIRST))
    assert told == "reject  main.cf:5  (in the words of check_client_access hash:/a, which had doubts (defer_if_reject))"

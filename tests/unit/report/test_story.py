"""The story of a failure: complete, short, and harmless on a terminal."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.fit.delta import Delta
from postfix_lab.report.story import WIDTH, story
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.verdict.checks import accepted, asked, asked_nothing, connected_as, logged, refused
from postfix_lab.verdict.judge import judge
from tests.unit.evidence_builder import FACTS, START, evidence, log_of, query, refused_at_rcpt, reply, session

LIAR = (
    "smtpd: warning: hostname gmail.com does not resolve to address 203.0.113.10",
    "smtpd: connect from unknown[203.0.113.10]",
    "smtpd: disconnect from unknown[203.0.113.10] ehlo=1 mail=1 rcpt=1 quit=1 commands=4",
)


def liar() -> Evidence:
    """Make evidence of a host with a forged PTR that a soft rule let pass."""
    said = session()
    short = replace(said, exchanges=(*said.exchanges[:4], said.exchanges[-1]))
    questions = (
        query("10.113.0.203.in-addr.arpa", "PTR", "NOERROR", "PTR gmail.com."),
        query("gmail.com", "A", "NOERROR", "A 198.51.100.1"),
        query("gmail.com", "A", "NOERROR", "A 198.51.100.1"),
    )
    return evidence(sessions=(short,), log=log_of(*LIAR), queries=questions, messages=())


def test_failure_is_told_as_in_the_style_guide() -> None:
    """What, where, DNS, log, deltas, folder and command, in this order and in these words."""
    verdict = judge(liar(), [refused("RCPT", 450, "4.7.25")], without=["quiet-log"])
    assert story(verdict, liar(), "ptr/liar.yaml::forged-gmail", ".lab/latest/forged-gmail/") == (
        "FAIL  ptr/liar.yaml::forged-gmail\n"
        "  want     RCPT refused with 450 4.7.25\n"
        "  got      RCPT accepted with 250 2.1.5\n"
        "  session                                    <- 220 mx.lab.test ESMTP Postfix\n"
        "           -> EHLO mail.good.example         <- 250 mx.lab.test\n"
        "           -> MAIL FROM:<ann@good.example>   <- 250 2.1.0 Ok\n"
        "           -> RCPT TO:<bob@lab.test>         <- 250 2.1.5 Ok   <** here\n"
        "  dns      10.113.0.203.in-addr.arpa PTR -> gmail.com   gmail.com A -> 198.51.100.1\n"
        "  log      warning: hostname gmail.com does not resolve to address 203.0.113.10\n"
        "           connect from unknown[203.0.113.10]\n"
        "  host     Debian 12 (bookworm), Postfix 3.7.11, chroot packaged, article\n"
        "  deltas   transport_maps, resolv.conf\n"
        "  kept     .lab/latest/forged-gmail/\n"
        "  replay   postfix-lab run tests/scenarios/ptr/test_right.py"
    )


def test_unknown_tells_the_labs_trouble_first() -> None:
    """Whatever else failed comes after it."""
    blind = evidence(trouble=("the loghost died",))
    lines = story(judge(blind, [refused("RCPT", 450)]), blind, "x").splitlines()
    assert lines[0] == "UNKNOWN  x"
    assert lines[2] == "  got      the loghost died"


def test_pass_takes_one_line() -> None:
    """There is nothing to tell."""
    assert story(judge(evidence(), [accepted()]), evidence(), "x") == "PASS  x"


def test_finding_in_the_log_or_the_dns_is_marked_there() -> None:
    """The mark stands where the finding points."""
    seen = evidence()
    log = story(judge(seen, [logged("Connect", name="unknown")]), seen, "x")
    assert "connect from mail.good.example[203.0.113.10]   <** here" in log
    dns = story(judge(seen, [asked_nothing()]), seen, "x")
    assert "10.113.0.203.in-addr.arpa PTR -> mail.good.example   <** here" in dns


def test_question_whose_answer_came_late_stands_where_it_was_asked() -> None:
    """Questions are recorded when they are answered."""
    late = (replace(query("second.example", "A"), at=START + 2), replace(query("first.example", "A"), at=START + 1))
    seen = evidence(queries=late)
    assert "  dns      first.example A -> NOERROR   second.example A -> NOERROR\n" in story(judge(seen, [refused("RCPT", 450)]), seen, "x")


def test_of_equal_lines_the_one_that_is_meant_is_marked() -> None:
    """A warning that two processes log in the same moment is two lines."""
    noise = log_of("smtpd: warning: odd") * 2
    seen = evidence(other_log=noise)
    lines = story(judge(seen, [accepted()]), seen, "x").splitlines()
    assert [line[11:] for line in lines if line.endswith(("odd", "odd   <** here"))] == ["warning: odd   <** here", "warning: odd"]


def test_the_lines_that_decided_the_mail_are_told_wherever_the_finding_points() -> None:
    """The reject of a refused mail and the delivery of an accepted one, not the connection alone."""
    denied, taken = refused_at_rcpt(), evidence()
    assert "NOQUEUE: reject: RCPT from" in story(judge(denied, [accepted()]), denied, "x")
    assert "status=sent" in story(judge(taken, [asked_nothing()]), taken, "x")


def test_further_failures_are_told_in_short() -> None:
    """One story, with the other failed checks in a line each and the rest counted."""
    seen = refused_at_rcpt()
    checks = [accepted("RCPT"), connected_as("a.example"), *(asked(f"{n}.example", "A") for n in range(4))]
    told = story(judge(seen, checks), seen, "x")
    assert "  also     want connect from a.example[the client]; got connect from unknown" in told
    assert "           ... and 2 more\n" in told
    assert [one for one in (3, 4) if "           ... and 1 more\n" in story(judge(seen, checks[:-2][:one]), seen, "x")] == []
    assert "           ... and 1 more\n" in story(judge(seen, checks[:-1]), seen, "x")


def test_a_clock_that_was_put_forward_is_told() -> None:
    """Whoever reads a failure has to know that it was five days later for Postfix."""
    facts = replace(FACTS, deltas=(Delta("clock", "5 d ahead", "it was made later"), *FACTS.deltas), ahead=432000.0)
    seen = evidence(mail_host=facts)
    text = story(judge(seen, [refused("RCPT", 450)]), seen, "x")
    assert "chroot packaged, article, clock 5 d ahead" in text
    assert "  deltas   clock, transport_maps" in text


def test_the_session_that_the_finding_points_into_is_shown() -> None:
    """Of several sessions the one that failed, with its port."""
    second = replace(session(RCPT="554 5.7.1 Relay access denied"), port=40002)
    seen = evidence(sessions=(session(), second))
    told = story(judge(seen, [accepted("RCPT", session=1)], without=["client-address", "log-complete"]), seen, "x")
    assert "<- 554 5.7.1 Relay access denied   <** here" in told
    assert "(from 203.0.113.10 port 40002, one of 2 sessions)" in told


def test_broken_line_is_told_with_its_reason() -> None:
    """A session that did not end with QUIT says how it ended."""
    cut = replace(session(MAIL=None), ended="timeout", error="no reply in 30 s")
    seen = evidence(sessions=(cut,))
    told = story(judge(seen, [accepted()]), seen, "x")
    assert "ended: timeout, no reply in 30 s" in told


def endless() -> Evidence:
    """Make evidence of which there is too much of everything, full of terminal escapes."""
    evil = "\x1b[2J" * 60
    many = tuple(Exchange("RCPT", f"RCPT TO:<{n}{evil}@lab.test>", reply(f"450 {evil}"), START) for n in range(200))
    noise = log_of(*(f"smtpd: warning: {n} {evil}" for n in range(300)))
    questions = tuple(query(f"{n}.{evil}.example", "A", "NXDOMAIN") for n in range(300))
    facts = replace(FACTS, overrides=(evil, evil))
    base = session()
    return evidence(
        sessions=(replace(base, exchanges=(*base.exchanges[:3], *many)),), other_log=noise, queries=questions,
        mail_host=facts, trouble=(), replay=evil,
    )  # fmt: skip


def test_story_fits_a_screen_whatever_happened() -> None:
    """At most 40 lines of at most 160 characters but for `replay`, and no control character from anywhere."""
    seen = endless()
    told = story(judge(seen, [accepted("RCPT"), *(asked(f"{n}", "A") for n in range(20))]), seen, "n\x1b", "k\x1b\n")
    lines = told.splitlines()
    assert len(lines) <= 40
    assert max(len(line) for line in lines if not line.startswith("  replay")) <= WIDTH
    assert "\x1b" not in told
    assert sum("<** here" in line for line in lines) == 1

"""postscreen's own lines, as 3.5, 3.7 and 3.10 write them, and the parameter that each answer is laid at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.restrictions.postscreen import describe_tests
from postfix_lab.report.explanation_text import decider_line, explanation_text
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.verdict.explanation import Decision, explain
from postfix_lab.verdict.reason import reasoned_outcome
from tests.unit.evidence_builder import evidence, log_of, query, reply, session

STRICT = CONFIGURATIONS / "strict"
VALUES = {
    "postscreen_access_list": "permit_mynetworks, cidr:/etc/postfix/postscreen_access.cidr",
    "postscreen_bare_newline_action": "ignore",
    "postscreen_bare_newline_enable": "no",
    "postscreen_blacklist_action": "drop",
    "postscreen_denylist_action": "drop",
    "postscreen_dnsbl_action": "enforce",
    "postscreen_dnsbl_sites": "bl.example=127.0.0.[2..11]*2, wl.example*-2",
    "postscreen_dnsbl_threshold": "2",
    "postscreen_greet_action": "enforce",
    "postscreen_greet_wait": "2s",
    "postscreen_non_smtp_command_action": "drop",
    "postscreen_pipelining_action": "enforce",
}
AT = "[203.0.113.10]:40001"
CONNECT, DISCONNECT = f"CONNECT from {AT} to [192.0.2.21]:25", f"DISCONNECT {AT}"
RANK, EARLY = f"DNSBL rank 2 for {AT}", f"PREGREET 11 after 0 from {AT}: EHLO x\\r\\n"
LISTED = "550 5.7.1 Service unavailable; client [203.0.113.10] blocked using bl.example"


def rejected(said: str) -> str:
    return f"NOQUEUE: reject: RCPT from {AT}: {said}; from=<a@x.example>, to=<bob@lab.test>, proto=ESMTP, helo=<x>"


def met(*lines: str, said: str = "", **values: str) -> Evidence:
    """The evidence of a session in which postscreen logged that and, if anything, refused with that."""
    log = log_of(*(f"postscreen: {line}" for line in (CONNECT, *lines, DISCONNECT)))
    known = Configured(
        (STRICT / "main.cf").read_text(), (STRICT / "master.cf").read_text(), tuple(values), {**VALUES, **values}
    )
    heard = session()
    if said:
        heard = replace(heard, exchanges=(Exchange("RCPT", "RCPT TO:<bob@lab.test>", reply(said), 0.0),))
    return evidence(log=log, sessions=(heard,), configured=known, messages=(), queries=())


def decision(seen: Evidence) -> Decision:
    """The one decision of that session."""
    found = explain(seen).sessions[0].decision
    assert found is not None
    return found


@pytest.mark.parametrize(
    "lines, said, told",
    [
        ((RANK, rejected(LISTED)), LISTED, "postscreen_dnsbl_action enforce  main.cf:19"),
        ((EARLY, rejected("550 5.5.1 Protocol error")), "550 5.5.1 Protocol error", "postscreen_greet_action enforce  main.cf:16"),
        ((EARLY, RANK, rejected(LISTED)), LISTED, "postscreen_dnsbl_action enforce  main.cf:19"),
        ((f"DENYLISTED {AT}",), "521 5.3.2 Service currently unavailable", "postscreen_blacklist_action drop  main.cf:14"),
        ((f"BLACKLISTED {AT}",), "521 5.3.2 Service currently unavailable", "postscreen_blacklist_action drop  main.cf:14"),
        (
            (f"NON-SMTP COMMAND from {AT} after CONNECT: GET / HTTP/1.1",),
            "521 5.7.0 Error: I can break rules, too. Goodbye.",
            "postscreen_non_smtp_command_action drop  default",
        ),
        (
            (f"COMMAND PIPELINING from {AT} after EHLO: MAIL", rejected("550 5.5.1 Protocol error")),
            "550 5.5.1 Protocol error",
            "postscreen_pipelining_action enforce  default",
        ),
        (
            (f"NOQUEUE: reject: CONNECT from {AT}: all server ports busy",),
            "421 4.3.2 All server ports are busy",
            "postscreen_post_queue_limit  default",
        ),
    ],
)
def test_who_decided(lines: tuple[str, ...], said: str, told: str) -> None:
    """The parameter whose action follows from the last finding, with its line of main.cf."""
    assert decider_line(decision(met(*lines, said=said))) == told


def test_a_test_after_the_greeting() -> None:
    """450 4.3.2 without a finding: it is the first of the tests for which every client has to come again."""
    later = "450 4.3.2 Service currently unavailable"
    seen = met(rejected(later), f"PASS NEW {AT}", said=later, postscreen_bare_newline_enable="yes")
    assert decider_line(decision(seen)) == "postscreen_bare_newline_enable yes  override"
    assert decision(seen).command.code == 450
    vetoed = met(f"ALLOWLIST VETO {AT}", rejected(later), said=later)
    assert decider_line(decision(vetoed)).startswith("postscreen_allowlist_interfaces")
    nothing = decision(met(rejected(later), said=later))
    assert (nothing.why, nothing.step) == ("unknown", None)


def test_what_is_ignored_decides_nothing() -> None:
    """With `ignore` the finding is told, and the client is passed on or goes away."""
    ignored = {"postscreen_greet_action": "ignore"}
    assert decider_line(decision(met(EARLY, f"PASS NEW {AT}", **ignored))).startswith("PASS NEW")
    left = decision(met(EARLY, f"HANGUP after 0.1 from {AT} in tests before SMTP handshake", **ignored))
    assert (left.why, left.step) == ("left", None)
    assert "went away" in decider_line(left)


def test_the_lists_that_were_asked() -> None:
    """Rank, threshold and each site with its place, and the question that it rests on."""
    asked = query("10.113.0.203.bl.example", "A", "NOERROR", "A 127.0.0.2")
    text = explanation_text(explain(replace(met(RANK, rejected(LISTED), said=LISTED), queries=(asked,))))
    assert "said  DNSBL rank 2\n" in text
    assert "postscreen_dnsbl_threshold = 2 (main.cf:18)" in text
    assert text.index("bl.example=127.0.0.[2..11]*2") < text.index("10.113.0.203.bl.example A -> 127.0.0.2") < text.index("wl.example*-2")


def test_findings_without_a_trace() -> None:
    """In words, with the parameter's name, under each name that it has; of other clients nothing is told."""
    seen = met(EARLY, f"DENYLISTED {AT}", "DNSBL rank 9 for [203.0.113.99]:1")
    assert list(describe_tests(seen.log, seen.sessions[0])) == [
        r"postscreen: PREGREET 11 after 0 EHLO x\r\n (postscreen_greet_action)",
        "postscreen: DENYLISTED (postscreen_denylist_action or postscreen_blacklist_action)",
    ]


def test_reasons_of_a_decision() -> None:
    """What `send` says: the reply's meaning, and what postscreen found."""
    later = "450 4.3.2 Service currently unavailable"
    assert reasoned_outcome(met(rejected(later), said=later)).reasons == (
        "postscreen does not let the client through to smtpd",
        "postscreen: a test after the greeting: who passes it has to come once more",
    )
    assert reasoned_outcome(met(RANK, rejected(LISTED), said=LISTED)).reasons == (
        "no DNS list was asked in this session: smtpd remembers what a list said for the life of its process, postscreen until the answer expires",
        "postscreen: DNSBL rank 2 (postscreen_dnsbl_action)",
    )


def test_hostile_words_are_spelled_out() -> None:
    """What a client says before its turn is in the log, and never reaches a terminal as it is."""
    seen = met(f"PREGREET 4 after 0 from {AT}: \x1b[2J\u202e", rejected("550 5.5.1 Protocol error"))
    assert not {"\x1b", "\u202e"} & set(explanation_text(explain(seen)))

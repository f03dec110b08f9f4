"""The timeline as lines: whose word each is, when it was, and harmless on a terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from postfix_lab.evidence.evidence import save
from postfix_lab.evidence.timeline_text import timeline_lines
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.filter_request import FilterRequest
from tests.unit.evidence_builder import SERVER, START, evidence, log_of, message, session

ANSWER = Answered(START + 0.1, "203.0.113.9", SERVER, "RCPT", "450 4.3.2 later", 0)

REQUEST = FilterRequest(START + 0.05, "policy", "inet:1", 1, "RCPT", {"recipient": "bob@lab.test"}, "DUNNO")


def test_each_kind_has_its_label() -> None:
    """SMTP arrows, the DNS as reports have it, the log, the sink, and a remote MTA."""
    lines = list(timeline_lines(evidence(messages=(message(), message(protocol="ESMTP")), answered=(ANSWER,), requests=(REQUEST,))))
    assert lines[0] == "2023-11-14T22:13:20.000000+00:00"
    assert lines[1] == "      0.0 ms  smtp       203.0.113.10 port 40001 -> 192.0.2.21 port 25"
    for wanted in (
        "      0.0 ms  dns        mail.good.example A -> 203.0.113.10",
        "      0.0 ms  log        postfix/smtpd[100]: connect from mail.good.example[203.0.113.10]",
        "     30.0 ms  smtp       -> RCPT TO:<bob@lab.test>",
        "     30.0 ms  smtp       <- 250 2.1.5 Ok",
        "     50.0 ms  policy     inet:1 RCPT bob@lab.test -> DUNNO",
        "    100.0 ms  mta        203.0.113.9 RCPT <- 450 4.3.2 later  (to 192.0.2.21)",
        "    200.0 ms  sink       192.0.2.99 took a message from <ann@good.example> to <bob@lab.test>",
        "    200.0 ms  mta        192.0.2.99 took a message from <ann@good.example> to <bob@lab.test>",
        "    500.0 ms  smtp       ended: quit",
    ):
        assert wanted in lines


def test_several_sessions_are_told_apart() -> None:
    """Each has its number, counted from 1."""
    said = [line[14:24] for line in timeline_lines(evidence(sessions=(session(), session())))]
    assert {"session 1 ", "session 2 "} < set(said)


def test_it_lies_in_the_evidence_and_is_harmless(tmp_path: Path) -> None:
    """The file has the same lines, and nothing in it moves a terminal; without events it is empty."""
    seen = evidence(other_log=log_of("postfix-script: \x1b[2J"), messages=(message(sender="\x1b"),))
    text = (save(seen, tmp_path / "right") / "timeline.txt").read_text()
    assert text.splitlines() == list(timeline_lines(seen))
    assert "\x1b" not in text
    assert not list(timeline_lines(evidence(sessions=(), log=(), queries=(), messages=())))


def test_how_a_session_ended() -> None:
    """With the error of the connection, if there was one."""
    broken = replace(session(), ended="error", error="connection reset")
    assert next(line[25:] for line in timeline_lines(evidence(sessions=(broken,))) if "ended" in line) == "ended: error, connection reset"

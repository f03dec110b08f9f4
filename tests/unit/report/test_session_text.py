"""One session as `send` prints it: every part is there, and safe on a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.report.explanation_text import explanation_text
from postfix_lab.report.session_text import outcome_line, received_spf_lines, session_lines, submission_lines
from postfix_lab.smtp.sendmail import Submitted
from postfix_lab.verdict.reason import reasoned_outcome
from tests.unit.evidence_builder import CONTENT, START, evidence, message, query, refused_at_rcpt
from tests.unit.report.explained import explanation


def told(**changes: object) -> list[str]:
    """The lines of the good session with these changes."""
    seen = evidence(**changes)
    return list(session_lines(seen, reasoned_outcome(seen)))


def test_every_part_in_its_order() -> None:
    """Transcript, log, DNS, SPF, decision, host with what the lab changed."""
    lines = told()
    starts = [next(n for n, line in enumerate(lines) if line.startswith(word)) for word in
              ("=== Trying", "log ", "dns ", "spf ", "accepted at MESSAGE", "host ")]  # fmt: skip
    assert starts == sorted(starts)
    assert lines[-1].endswith("the lab changed transport_maps, resolv.conf")


def test_questions_and_lines_are_in_the_order_of_time() -> None:
    """A question is recorded when it is answered, which may be late."""
    log = evidence().log[:2]
    asked = (replace(query("second.example", "A"), at=START + 2), replace(query("first.example", "A"), at=START + 1))
    lines = told(queries=asked, log=log[::-1])
    assert [line[9:] for line in lines if ".example A " in line] == ["first.example A -> NOERROR", "second.example A -> NOERROR"]
    assert next(line for line in lines if "connect from" in line).startswith("log ")


def test_a_folded_header_is_one_line() -> None:
    """Received-SPF as the recipient's filter reads it."""
    assert received_spf_lines(evidence()) == [
        "Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=203.0.113.10; helo=mail.good.example;"
        " envelope-from=ann@good.example; receiver=lab.test"
    ]


def test_without_a_message_there_is_no_header() -> None:
    """What was refused has none, and neither has a body that looks like one."""
    assert received_spf_lines(refused_at_rcpt()) == []
    body = message(content="Subject: x\r\n\r\nReceived-SPF: pass\r\n")
    assert received_spf_lines(evidence(messages=(body,))) == []


def test_the_decision_in_a_line() -> None:
    """What, where and the reply."""
    assert outcome_line(reasoned_outcome(refused_at_rcpt("554 5.7.1 No"))) == "rejected at RCPT: 554 5.7.1 No"
    broken = reasoned_outcome(refused_at_rcpt("451 4.3.5 Server configuration error"))
    assert outcome_line(broken).startswith("the mail host's own infrastructure is broken at RCPT: 451")


def test_trouble_is_told() -> None:
    """What the lab could not see stands with what it saw."""
    assert [line.split(maxsplit=1) for line in told(trouble=("the log is late",)) if line.startswith("trouble")] == [["trouble", "the log is late"]]


def test_nothing_hostile_reaches_the_terminal() -> None:
    """Names, headers and messages may hold anything."""
    evil = "\x1b]0;owned\x07"
    lines = told(
        queries=(query(evil, "PTR", "NXDOMAIN"),),
        messages=(message(content=CONTENT.replace("ann@", evil)),),
        trouble=(evil,),
    )
    assert [line for line in lines if set(line) & {"\x1b", "\x07"}] == []
    assert any("owned" in line for line in lines)


def test_colour_is_an_extra() -> None:
    """The words are the same with it and without it."""
    seen = evidence()
    plain, painted = (list(session_lines(seen, reasoned_outcome(seen), colour=colour)) for colour in (False, True))
    assert [line.replace("\x1b[32m", "").replace("\x1b[0m", "") for line in painted] == plain
    assert plain != painted


def test_what_a_scenario_changed_is_listed_too() -> None:
    """Overrides stand before the lab's own deltas."""
    seen = evidence()
    facts = replace(seen.mail_host, overrides=("main.cf x = y",))
    assert [line.count("main.cf x = y, transport_maps") for line in told(mail_host=facts) if "transport_maps" in line] == [1]


CALL = Submitted(("sendmail", "-i", "bob@lab.test"), "app", 0, "a note\x1b\n", "4ABCD12345")


@pytest.mark.parametrize(
    "call, end, word",
    [
        (CALL, "=== exit status 0, queued as 4ABCD12345", "accepted"),
        (replace(CALL, status=75, queue_id=""), "=== exit status 75, and nothing came into the queue", "deferred"),
    ],
)
def test_a_submission(call: Submitted, end: str, word: str) -> None:
    """The call and its output, what was logged and asked, the outcome, each part with its own lines."""
    seen = evidence(submitted=(call,), sessions=())
    lines = list(submission_lines(seen, reasoned_outcome(seen)))
    assert lines[:3] == ["app$ sendmail -i bob@lab.test", "a note\\x1b", end]
    assert [line.split()[0] for line in lines[3:] if line and not line.startswith(" ")] == ["log", "dns", word, "host"]
    assert ["connect from" in line for line in lines if line.startswith("log")] == [True]
    assert [line.partition(" -> ")[2] for line in lines if " -> " in line] == ["mail.good.example", "203.0.113.10"]


def test_an_explanation_stands_apart() -> None:
    """An empty line is between the transcript and the explanation, which is there in place of log and questions."""
    seen = evidence()
    lines = list(session_lines(seen, reasoned_outcome(seen), explanation()))
    start = lines.index(explanation_text(explanation()).splitlines()[0])
    assert (lines[start - 1], lines[start - 2].startswith("===")) == ("", True)
    assert [line for line in lines if line.startswith(("log ", "dns "))] == []

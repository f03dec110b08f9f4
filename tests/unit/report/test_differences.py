"""What ends differently on the releases: only that is shown, and enough of it."""

from __future__ import annotations

import json
from dataclasses import replace

from postfix_lab.report.differences import differences_data, differences_text, find_differences, session_results
from postfix_lab.report.summary_table import Row
from postfix_lab.verdict.checks import Status
from tests.unit.evidence_builder import FACTS, GOOD_LOG, evidence, log_of, session

NO = "reject: RCPT refused with 554 5.7.1"
YES = "accept: RCPT accepted with 250 2.1.5"


def row(name: str, debian: int, *told: str, status: Status = Status.PASS) -> Row:
    return Row(name, debian, "packaged", status, 0.1, became=told)


ROWS = (
    row("same", 11, YES),
    row("same", 12, YES),
    row("differs", 12, "a: " + YES, "b: " + NO),
    row("differs", 11, "a: " + YES, "b: " + NO),
    row("differs", 13, "a: " + YES, "b: " + YES),
    row("red", 11, YES, status=Status.FAIL),
    row("red", 12, YES),
    row("broken", 11, NO, status=Status.FAIL),
    row("broken", 12, NO, status=Status.FAIL),
    row("alone", 13, NO),
)


def test_only_what_differs_is_shown() -> None:
    """Releases that agree share a line; of several sessions those are told that differ."""
    assert differences_text(ROWS).splitlines() == [
        "2 of 5 scenarios differ between Debian 11, 12 and 13.",
        "1 of the others fail alike on each; run them without the pack to see why.",
        "",
        "scenario  debian  verdict  what became of it",
        "------------------------------------------------------------------",
        "differs   11, 12  pass     b: reject: RCPT refused with 554 5.7.1",
        "          13      pass     b: accept: RCPT accepted with 250 2.1.5",
        "red       11      fail     accept: RCPT accepted with 250 2.1.5",
        "          12      pass     accept: RCPT accepted with 250 2.1.5",
    ]


def test_nothing_differs() -> None:
    """One sentence, and no empty table."""
    assert differences_text(ROWS[:2]) == "0 of 1 scenarios differ between Debian 11 and 12."


def test_other_sessions_on_another_release() -> None:
    """Where they are not even as many, all are told; where none came about, that is told."""
    text = differences_text((row("x", 11, YES, NO), row("x", 12, YES), row("y", 11), row("y", 12, NO)))
    assert text.count(YES) == 2
    assert "nothing was seen of it" in text


def test_the_same_as_data() -> None:
    """Plain values, with everything that was compared."""
    (first, second) = json.loads(json.dumps(differences_data(ROWS)))
    assert (first["scenario"], second["scenario"]) == ("differs", "red")
    assert first["releases"][2] == {"debian": 13, "status": "pass", "became": ["a: " + YES, "b: " + YES]}
    assert list(find_differences(ROWS)) == [("differs", "packaged"), ("red", "packaged")]


def test_what_became_of_sessions() -> None:
    """In words that do not name what is another one on each release: the mail host's address, a queue id."""
    refused = session(RCPT="554 5.7.1 <192.0.2.21>: Helo command rejected: you are not me")
    assert session_results([evidence(sessions=(refused,), messages=())]) == [
        'reject: RCPT refused with 554 5.7.1 "<(mail host)>: Helo command rejected: you are not me"'
    ]
    both = evidence(sessions=(session(), refused), messages=(), mail_host=replace(FACTS, addresses=()))
    assert [told.partition(":")[0] for told in session_results([both, both], (("good",), ()))] == [
        "step 1, good", "step 1, session 2", "step 2, session 1", "step 2, session 2",
    ]  # fmt: skip
    assert session_results([evidence()])[-1] == "Received-SPF: pass"


def test_one_message_that_became_two() -> None:
    """The client ended one; what smtpd counted in the end tells."""
    log = log_of(*GOOD_LOG[:-1], GOOD_LOG[-1].replace("data=1", "data=2"))
    assert session_results([evidence(log=log)])[0].endswith("which smtpd took for 2 messages")
    assert "took" not in session_results([evidence()])[0]


def test_hostile_words_are_spelled_out() -> None:
    """A reply never reaches the terminal as it came."""
    text = differences_text((row("x\x1b[2J", 11, "\x1b[2J\u202e"), row("x\x1b[2J", 12, YES)))
    assert not {"\x1b", "\u202e"} & set(text)

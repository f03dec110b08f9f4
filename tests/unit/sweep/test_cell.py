"""What a sweep makes of two pieces of evidence, and how it tells it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.dns.fault import FaultKind
from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.sweep.cell import Cell, SweptQuestion, baseline_cell, confirm_baseline, judge_cell, questions, verdict
from postfix_lab.sweep.sweep import USUAL, SweepResult, select_kinds
from postfix_lab.sweep.sweep_table import as_json, exit_code, text
from tests.unit.evidence_builder import GOOD_LOG, evidence, log_of, query, session

HIT = query("good.example", "TXT", "SERVFAIL", fault=FaultKind.SERVFAIL, fault_number=0)
CALM = baseline_cell(evidence())


def seen(rcpt: str | None = None, **changes: Any) -> Evidence:
    """Evidence of a disturbed run that met its fault."""
    replies = {"RCPT": rcpt} if rcpt else {}
    return evidence(**{"sessions": (session(**replies),), "queries": (HIT,), **changes})


@pytest.mark.parametrize(
    "was,now,alarm",
    [
        ("250 2.1.5 Ok", "450 4.7.1 no", ""),
        ("250 2.1.5 Ok", "451 4.3.0 Temporary lookup failure", ""),
        ("250 2.1.5 Ok", "550 5.7.1 no", "a refusal for good: reject 550 5.7.1 where"),
        ("450 4.7.1 no", "550 5.7.1 no", "a refusal for good"),
        ("550 5.7.23 no", "554 5.7.1 no", ""),
        ("550 5.7.23 no", "250 2.1.5 Ok", "an open door: accept 250 2.0.0 where the undisturbed run has reject 550"),
        ("450 4.7.1 no", "250 2.1.5 Ok", "an open door"),
        ("550 5.7.23 no", "450 4.7.1 no", ""),
    ],
)
def test_outage_must_neither_refuse_for_good_nor_let_in(was: str, now: str, alarm: str) -> None:
    """A change to a 5xx or to acceptance is an alarm; to come again later is what an outage is for."""
    cell = judge_cell(baseline_cell(seen(was)), seen(now), FaultKind.SERVFAIL)
    assert (alarm in "".join(cell.alarms), bool(cell.alarms)) == (True, bool(alarm))


@pytest.mark.parametrize("kind,alarms", [("TIMEOUT", 1), ("REFUSED", 1), ("GARBAGE", 1), ("NXDOMAIN", 0), ("NODATA", 0)])
def test_answer_is_no_outage(kind: str, alarms: int) -> None:
    """Who is told that a name does not exist may refuse for good."""
    assert len(judge_cell(CALM, seen("550 5.7.1 no"), FaultKind(kind)).alarms) == alarms


def test_bounce_is_a_refusal_for_good() -> None:
    """A mail that was accepted and then bounced is lost as well."""
    bounced = log_of(*(line.replace("status=sent", "status=bounced") for line in GOOD_LOG))
    (alarm,) = judge_cell(CALM, seen(log=bounced), FaultKind.TIMEOUT).alarms
    assert alarm.startswith("a refusal for good: accept 250 2.0.0, bounced where")


def test_session_is_named_where_there_are_several() -> None:
    """The second of two went wrong, and each is told."""
    two = replace(evidence(), sessions=(session(), session()))
    disturbed = seen(sessions=(session(), session(RCPT="550 5.7.1 no")))
    cell = judge_cell(baseline_cell(two), disturbed, FaultKind.SERVFAIL)
    assert cell.alarms[0].endswith("(session 1)")
    assert str(cell) == "accept 250 2.0.0 | reject 550 5.7.1 !"


@pytest.mark.parametrize(
    "changes,why",
    [
        ({"queries": ()}, "the question was not asked this time"),
        ({"trouble": ("the loghost lost a line",)}, "the loghost lost a line"),
        ({"log": ()}, "log-complete: no `connect from` line"),
        ({"sessions": (replace(session(RCPT=None), ended="timeout", error="30 s"),)}, "RCPT: the mail host did not reply in time: 30 s"),
        ({"sessions": ()}, "1 sessions undisturbed and 0 this time"),
    ],
)
def test_what_the_lab_could_not_see_is_unknown(changes: dict[str, Any], why: str) -> None:
    """Neither an alarm nor its absence is taken from blindness."""
    cell = judge_cell(CALM, seen(**changes), FaultKind.SERVFAIL)
    assert (str(cell), cell.alarms) == ("unknown", ())
    assert why in cell.unknown


def test_undisturbed_run_that_differs_makes_all_unknown() -> None:
    """Nothing can be compared with a run that goes another way each time."""
    first = confirm_baseline(CALM, baseline_cell(seen("450 4.7.1 Greylisted")))
    assert "first accept 250 2.0.0, then defer 450 4.7.1" in first.unknown
    assert judge_cell(first, seen(), FaultKind.SERVFAIL).unknown == first.unknown


def test_cell_has_a_verdict() -> None:
    """An alarm fails, what could not be seen is unknown, and a calm cell passes."""
    alarm = judge_cell(baseline_cell(seen()), seen("550 5.7.1 no"), FaultKind.SERVFAIL)
    told = [verdict(cell) for cell in (alarm, replace(alarm, unknown="no log"), replace(alarm, alarms=()))]
    assert [one.status.value for one in told] == ["fail", "unknown", "pass"]
    assert [[finding.got for finding in one.findings] for one in told] == [list(alarm.alarms), ["no log"], []]


def test_each_question_is_taken_once() -> None:
    """Questions that were asked twice, or of somebody else's resolver, make no second row."""
    asked = [query("a.example", "A"), query("a.example", "AAAA"), query("a.example", "A"), query("b.example", "A", stray=True)]
    assert [str(q) for q in questions(evidence(queries=tuple(asked)))] == ["a.example A", "a.example AAAA"]


def test_kinds_by_name() -> None:
    """Five usual ones, the named ones once, or every one but ANSWER, which needs records."""
    assert select_kinds((), every=False) == USUAL
    assert select_kinds(("timeout", "TIMEOUT", "Garbage"), every=False) == (FaultKind.TIMEOUT, FaultKind.GARBAGE)
    assert set(FaultKind) - set(select_kinds((), every=True)) == {FaultKind.ANSWER}
    for wrong in ("SERVFAL", "ANSWER"):
        with pytest.raises(InputError):
            select_kinds((wrong,), every=False)


def swept(*cells: Cell) -> SweepResult:
    kinds = (FaultKind.SERVFAIL, FaultKind.TIMEOUT)[: len(cells)]
    return SweepResult("spf-\x1b[2Jforged", 12, kinds, CALM, ((SweptQuestion("good.example", "TXT"), cells),))


def test_table_marks_and_tells() -> None:
    """The undisturbed run is the first row, and each mark is explained below; nothing harms a terminal."""
    alarm = judge_cell(CALM, seen("550 5.7.1 no"), FaultKind.SERVFAIL)
    said = text(swept(alarm, judge_cell(CALM, seen(), FaultKind.TIMEOUT))).splitlines()
    assert said[0] == r"spf-\x1b[2Jforged, Debian 12"
    assert said[1].split() == ["question", "SERVFAIL", "TIMEOUT"]
    assert said[3].split() == ["(undisturbed)", "accept", "250", "2.0.0"]
    assert said[4] == "good.example TXT  reject 550 5.7.1 !  accept 250 2.0.0"
    assert said[6].startswith("! SERVFAIL for good.example TXT: a refusal for good: reject 550 5.7.1 where")


def test_exit_code_is_that_of_the_worst_cell() -> None:
    """0 for a calm table, 1 for a mark, 3 for what could not be seen, marks or not."""
    calm, blind = judge_cell(CALM, seen(), FaultKind.TIMEOUT), judge_cell(CALM, seen(queries=()), FaultKind.TIMEOUT)
    alarm = judge_cell(CALM, seen("550 5.7.1 no"), FaultKind.SERVFAIL)
    assert [exit_code([swept(*cells)]) for cells in ((calm,), (calm, alarm), (alarm, blind))] == [0, 1, 3]


def test_json_has_every_cell() -> None:
    """Fate, code and alarm of each; what is unknown has no outcome."""
    alarm, blind = judge_cell(CALM, seen("550 5.7.1 no"), FaultKind.SERVFAIL), judge_cell(CALM, seen(queries=()), FaultKind.TIMEOUT)
    (table,) = json.loads(as_json([swept(alarm, blind)]))["scenarios"]
    faults = table["questions"][0]["faults"]
    assert table["undisturbed"]["outcomes"][0][0]["fate"] == "accept"
    assert (faults["SERVFAIL"]["outcomes"][0][0]["code"], len(faults["SERVFAIL"]["alarms"])) == (550, 1)
    assert (faults["TIMEOUT"]["outcomes"], faults["TIMEOUT"]["unknown"]) == ([], "the question was not asked this time")

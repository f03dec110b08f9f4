"""What a run covered: counted by place, added up, kept and shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.report.coverage_table import (
    annotate,
    coverage_data,
    coverage_text,
    load_coverage,
    save_coverage,
    shortfall,
)
from postfix_lab.verdict.coverage import Coverage, cover, merge
from postfix_lab.verdict.explanation import explain
from tests.unit.traced import CLASS, DEFERRED, GOOD, NO_PTR, traced


def covered(*sessions: int) -> Coverage:
    (coverage,) = cover(explain(traced(which)) for which in sessions)
    return coverage


def counts(coverage: Coverage) -> dict[str, tuple[int, int]]:
    return {str(row.restriction.place): (row.evaluated, row.decided) for row in coverage.rows}


def test_evaluated_and_decided_are_counted_by_place() -> None:
    """A rule counts when smtpd got to it, and decided when its list ended with it."""
    told = counts(covered(GOOD, NO_PTR))
    assert [told[f"main.cf:{line}"] for line in (36, 37, 38, 39, 40)] == [(2, 0), (2, 0), (2, 1), (1, 0), (1, 0)]
    assert told["master.cf:8"] == (0, 0)


def test_what_a_scenario_sets_is_no_part_of_the_percentage() -> None:
    """Overrides are listed; the configuration's own restrictions are what is counted."""
    coverage = covered(CLASS)
    assert {row.counts for row in coverage.rows if row.restriction.list == "greedy"} == {False}
    assert round(coverage.percent) == 71
    assert [row.restriction.name for row in coverage.silent] == ["permit_sasl_authenticated", "reject"]


def test_what_never_decided() -> None:
    """Restrictions that can decide and did not, whether they were evaluated or not; a scenario's own are left out."""
    assert [str(row.restriction.place) for row in covered(NO_PTR).undecided] == ["main.cf:36", "main.cf:37", "main.cf:39", "main.cf:40", "master.cf:8", "master.cf:8"]
    assert {row.restriction.place.file for row in covered(CLASS).undecided} <= {"main.cf", "master.cf", "default"}
    assert "override" in {row.restriction.place.file for row in covered(CLASS).rows}


def test_parts_add_up() -> None:
    """Two processes' parts are the same as one's, in either order."""
    one, two = covered(GOOD), covered(NO_PTR)
    assert merge((one, two)) == merge((two, one)) == (covered(GOOD, NO_PTR),)
    assert cover(()) == ()


def test_table_says_what_is_missing() -> None:
    """List, stage, place and both counts; what was never met or never decided is said in words."""
    text = coverage_text([covered(NO_PTR)])
    assert text.startswith("coverage of article: 3 of 7 restrictions evaluated, 43 %\n")
    assert "smtpd_relay_restrictions  (RCPT, main.cf)" in text
    rows = {line.split()[0]: line for line in text.splitlines()[2:7]}
    assert rows["reject_unknown_reverse_client_hostname"].endswith("main.cf:38     evaluated    1  decided    1")
    assert rows["permit_mynetworks"].endswith("NEVER DECIDED")
    assert rows["reject_unauth_destination"].endswith("NEVER REACHED")


def test_annotated_file_is_the_admins_own() -> None:
    """Each line as it is, counts in front of those with a restriction, `!` where one was never met."""
    lines = annotate(covered(NO_PTR)).splitlines()
    assert lines[37] == "1/1           |     reject_unknown_reverse_client_hostname,"
    assert lines[38] == "! 0/0         |     reject_unauth_destination,"
    assert annotate(covered(NO_PTR), "master.cf").splitlines()[7].startswith("! 0/0,0/0     |   -o smtpd_relay")


def test_shortfall_is_a_sentence() -> None:
    """It names what is missing with its place; enough is silence."""
    told = shortfall([covered(NO_PTR)], 80)
    assert told.startswith("The coverage of article is 43 %, and 80 % are wanted: reject_unauth_destination (main.cf:39), ")
    assert shortfall([covered(NO_PTR)], 40) == ""


def test_kept_coverage_comes_back(tmp_path: Path) -> None:
    """For the command line, without an engine; the readable files lie beside it."""
    whole = (covered(GOOD, NO_PTR),)
    save_coverage(whole, tmp_path / "coverage")
    assert load_coverage(tmp_path / "coverage") == whole
    names = sorted(path.name for path in (tmp_path / "coverage").iterdir())
    assert names == ["article.main.cf", "article.master.cf", "coverage.json", "coverage.txt"]
    assert json.loads(json.dumps(coverage_data(whole)))["configurations"][0]["percent"] == 71.4


@pytest.mark.parametrize(
    "content, problem", [(None, "no coverage there"), ("{", "not JSON"), ("[]", "format 1"), ('{"format": 0}', "format 1")]
)
def test_folder_without_coverage_is_told(tmp_path: Path, content: str | None, problem: str) -> None:
    """The error names the file and what to run."""
    if content is not None:
        (tmp_path / "coverage.json").write_text(content)
    with pytest.raises(InputError, match=problem) as caught:
        load_coverage(tmp_path)
    assert caught.value.file == str(tmp_path / "coverage.json")


def test_a_deferral_at_the_end_is_a_decision() -> None:
    """A restriction that raised defer_if_permit or defer_if_reject decided, though no list ended with it."""
    plain, deferred = explain(traced(DEFERRED)), explain(traced(DEFERRED))
    (session,) = plain.sessions
    steps = [decision.step for decision in session.decisions if decision.why == "deferred" and decision.step]
    assert len(steps) == 1
    without = replace(deferred, sessions=(replace(session, decisions=()),))
    (place,) = {str(step.restriction.place) for step in steps}
    (more,), (less,) = cover([plain]), cover([without])
    restriction = steps[0].restriction
    counted = [next(row.decided for row in one.rows if row.restriction == restriction) for one in (more, less)]
    assert counted == [1, 0], place

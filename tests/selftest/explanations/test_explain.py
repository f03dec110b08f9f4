"""The whole suite with the trace on: same verdicts, every decision explained as reply and log have it, all covered.

One inner run serves all these tests; it is spread over several workers, so that coverage is added up from all.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab import Evidence, Explanation, explain, load
from postfix_lab.paths import ROOT
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Step
from postfix_lab.report.coverage_table import load_coverage
from postfix_lab.verdict.coverage import Coverage
from tests.selftest.decisions import contradictions

LIMIT = 600.0
SCENARIOS, HOSTILE = ROOT / "tests" / "scenarios", ROOT / "tests" / "hostile"


@pytest.fixture(scope="module")
def suite(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The evidence of the suite's scenarios, traced; each has passed: on Debian 12, or on the releases that are named."""
    place = tmp_path_factory.mktemp("traced")
    named = any(word.startswith("--lab-debian") for word in request.config.invocation_params.args)
    debian = request.config.getoption("--lab-debian") if named else "12"
    command = [sys.executable, "-m", "pytest", "-q", "--lab-coverage", f"--lab-evidence={place}"]
    command += ["-n", "6", "--dist", "loadgroup", f"--lab-debian={debian}", str(SCENARIOS), str(HOSTILE)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT, check=False)
    assert done.returncode == 0, done.stdout
    return place / "latest"


@pytest.fixture(scope="module")
def seen(suite: Path) -> list[tuple[Evidence, Explanation]]:
    """Every evidence of it with its explanation."""
    found = [load(file.parent) for file in sorted(suite.glob("*/evidence.json"))]
    return [(evidence, explain(evidence)) for evidence in found if evidence.configured]  # else nobody wanted a trace


def test_reply_and_log_never_contradict_an_explanation(seen: list[tuple[Evidence, Explanation]]) -> None:
    """The deciding restriction is the one that the reply's text and the log's reject line speak of, in each session."""
    assert [what for evidence, explanation in seen for what in contradictions(evidence, explanation)] == []
    why = Counter(d.why for _, explanation in seen for s in explanation.sessions for d in s.decisions)
    assert why["restriction"] > 50
    assert why["unknown"] == 0


def test_each_wrong_restriction_is_found_out(seen: list[tuple[Evidence, Explanation]]) -> None:
    """The comparison is no formality: an explanation that names any other evaluated restriction contradicts the log."""
    wrong = [(e, forged) for e, explanation in seen for forged in _forgeries(explanation)]
    assert len(wrong) > 50
    assert [forged.scenario for evidence, forged in wrong if not contradictions(evidence, forged)] == []


def test_every_restriction_of_the_seed_was_evaluated_and_decided(suite: Path) -> None:
    """The suite leaves nothing of the seed's configuration untried, and lets all decide that can."""
    (seed,) = (found for found in load_coverage(suite / "coverage") if found.configuration == "seed")
    assert (_texts(seed, "silent"), _texts(seed, "undecided")) == ([], [])
    assert len([row for row in seed.rows if row.counts]) == 7


def _forgeries(explanation: Explanation) -> list[Explanation]:
    """The same explanation with the refusal laid at another door: the restriction before the one that refused."""
    found = []
    for number, session in enumerate(explanation.sessions):
        for place, decision in enumerate(session.decisions):
            other = _before(decision.command, decision.step)
            if decision.command.code >= 400 and other is not None:
                decisions = list(session.decisions)
                decisions[place] = replace(decision, step=other)
                sessions = list(explanation.sessions)
                sessions[number] = replace(session, decisions=tuple(decisions))
                found.append(replace(explanation, sessions=tuple(sessions)))
    return found


def _before(command: EvaluatedCommand, step: Step | None) -> Step | None:
    ran: list[Evaluation] = [evaluation for evaluation in command.lists if evaluation.ran]
    steps = [s for evaluation in ran for s in evaluation.steps if s.is_evaluated]
    return steps[steps.index(step) - 1] if step in steps and steps.index(step) else None


def _texts(coverage: Coverage, which: str) -> list[str]:
    return [row.restriction.text for row in getattr(coverage, which)]

"""Which tests get an explanation into their report."""

from __future__ import annotations

import pytest

from postfix_lab.pytest_plugin.explanations import add_explanation, stored_explanation
from tests.unit.evidence_builder import evidence
from tests.unit.traced import NO_PTR, traced


def report(outcome: str) -> pytest.TestReport:
    """The report of a test with that outcome."""
    return pytest.TestReport("t.py::t", ("t.py", 1, "t"), {}, outcome, None, "call")  # type: ignore[arg-type]  # a plain word


@pytest.mark.parametrize(
    "wanted, outcome, told",
    [("all", "passed", True), ("all", "failed", True), ("failed", "failed", True), ("failed", "passed", False), (None, "failed", False)],
)
def test_who_gets_one(wanted: str | None, outcome: str, *, told: bool) -> None:
    """All, or those that did not pass; evidence without a trace has none."""
    made = report(outcome)
    add_explanation([evidence(), traced(NO_PTR)], made, wanted)
    assert ("decided by  reject_unknown_reverse_client_hostname" in stored_explanation(made)) is told
    assert stored_explanation(made).count("decided by") == told

"""Explanations of the sessions of a run, stored in each test's report, so that it works the same under xdist."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from postfix_lab.report.explanation_text import explanation_text
from postfix_lab.verdict.explanation import explain

if TYPE_CHECKING:
    import pytest

    from postfix_lab.evidence.evidence import Evidence

WANTED = ("failed", "all")
_TEXT = "postfix-lab-explanation"


def add_explanation(seen: Iterable[Evidence], report: pytest.TestReport, wanted: str | None) -> None:
    """Store the explanation of the test's sessions in its report: of every test, or of one that did not pass."""
    if wanted == "all" or (wanted and not report.passed):
        found = [explain(evidence) for evidence in seen if evidence.configured is not None and evidence.sessions]
        text = "\n\n".join(f"{one.scenario}\n{explanation_text(one)}" for one in found)
        report.user_properties.append((_TEXT, text))


def stored_explanation(report: pytest.TestReport) -> str:
    """Return the explanation in a report; empty if it has none."""
    text = dict(getattr(report, "user_properties", ())).get(_TEXT)
    return text if isinstance(text, str) else ""

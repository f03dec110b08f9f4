"""What a finding says of itself."""

from __future__ import annotations

import pytest

from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity


def test_a_place() -> None:
    """A line, or the file alone."""
    assert [str(place) for place in (FilePlace("main.cf", 7), FilePlace("main.cf"), FilePlace("main.cf", 0))] == ["main.cf:7", "main.cf", "main.cf"]


@pytest.mark.parametrize("severity, matters", [(Severity.ERROR, True), (Severity.WARNING, True), (Severity.NOTE, False)])
def test_what_matters(severity: Severity, *, matters: bool) -> None:
    """A note changes no exit code."""
    assert AuditFinding(FindingKind.FATAL, severity, FilePlace("main.cf"), "a", "b").matters is matters


def test_the_words_of_ignore() -> None:
    """They are what an admin writes behind `--ignore`."""
    assert [str(kind) for kind in FindingKind] == [
        "refused", "fatal", "warning", "unused-parameter", "listener", "canary", "open-relay", "gateway-relay", "dead-restriction",
        "domain-overlap", "table", "transport", "socket", "chroot",
    ]  # fmt: skip
    assert [str(severity) for severity in Severity] == ["error", "warning", "note"]

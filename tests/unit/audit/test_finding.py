"""What a finding says of itself."""

from __future__ import annotations

import pytest

from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.paths import ROOT


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
        "domain-overlap", "table", "transport", "socket", "chroot", "submission", "wrappermode", "not-delivered", "backscatter",
        "dns-list-refusal", "dns-list-gone", "auth-before-tls", "callout", "others-domain", "public-mynetworks", "late-exception",
        "table-key", "undefined-parameter", "disarmed-restriction", "size-limits", "compatibility-level", "table-type",
    ]  # fmt: skip
    assert [str(severity) for severity in Severity] == ["error", "warning", "note"]


def test_each_has_a_section_in_the_documents() -> None:
    """With its reason, under the word that `--ignore` takes."""
    headings = [line.removeprefix("### ") for line in (ROOT / "docs" / "findings.md").read_text().splitlines() if line.startswith("### ")]
    assert sorted(headings) == sorted(map(str, FindingKind))

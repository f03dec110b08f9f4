"""One finding for one cause."""

from __future__ import annotations

import pytest

from postfix_lab.audit.causes import without_echoes
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity


def finding(kind: FindingKind, line: int = 5, severity: Severity = Severity.WARNING) -> AuditFinding:
    return AuditFinding(kind, severity, FilePlace("main.cf", line), "what", "do")


@pytest.mark.parametrize(
    "echo, cause",
    [
        (FindingKind.GATEWAY, FindingKind.PUBLIC_NETWORK),
        (FindingKind.PUBLIC_NETWORK, FindingKind.RELAY),
        (FindingKind.SUBMISSION, FindingKind.CANARY),
        (FindingKind.WARNED, FindingKind.TABLE),
        (FindingKind.CANARY, FindingKind.SOCKET),
    ],
)
def test_what_another_one_says(echo: FindingKind, cause: FindingKind) -> None:
    """At the same place; at another one, or where that is a note, it is told."""
    assert without_echoes([finding(echo), finding(cause)]) == [finding(cause)]
    assert len(without_echoes([finding(echo), finding(cause, 6)])) == 2
    assert len(without_echoes([finding(echo), finding(cause, severity=Severity.NOTE)])) == 2
    assert without_echoes([finding(echo)]) == [finding(echo)]

"""What a rule of practice says, as lines."""

from __future__ import annotations

from collections.abc import Iterable

from postfix_lab.audit.finding import AuditFinding


def told(findings: Iterable[AuditFinding]) -> list[tuple[str, str, str]]:
    """Each finding's severity, place and words."""
    return [(str(one.severity), str(one.place), one.what) for one in findings]

"""One finding for one cause: which findings only repeat what another one at the same place says."""

from __future__ import annotations

from collections.abc import Iterable

from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity

_ECHOES = {
    FindingKind.GATEWAY: (FindingKind.PUBLIC_NETWORK, FindingKind.RELAY),
    FindingKind.PUBLIC_NETWORK: (FindingKind.RELAY,),
    FindingKind.SUBMISSION: (FindingKind.CANARY, FindingKind.FATAL),
    FindingKind.CANARY: (FindingKind.TABLE, FindingKind.SOCKET),
    FindingKind.WARNED: (FindingKind.TABLE, FindingKind.SOCKET),
    FindingKind.DISARMED: (FindingKind.RELAY,),
}
"""A kind, and those that have said it already where they have the same place."""


def without_echoes(findings: Iterable[AuditFinding]) -> list[AuditFinding]:
    """Return the findings without those that another one at the same place has said already; notes say nothing."""
    found = list(findings)
    said = {(one.kind, one.place) for one in found if one.severity is not Severity.NOTE}
    return [one for one in found if not any((kind, one.place) in said for kind in _ECHOES.get(one.kind, ()))]

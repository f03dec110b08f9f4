"""A finding as plain values, so that a test can say all of it: status, what was wanted, what was seen, and where."""

from __future__ import annotations

from postfix_lab.dns.query import Query
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.behaviour import Received
from postfix_lab.verdict.checks import Check
from postfix_lab.verdict.checks.check import Where

Told = tuple[str, str, str, str | None]


def told(check: Check, evidence: Evidence) -> Told:
    """What a check finds in the evidence."""
    finding = check.judge(evidence)
    assert finding.check == check.name
    return finding.status.value, finding.want, finding.got, piece(finding.where)


def piece(where: Where | None) -> str | None:
    """The piece of evidence in short."""
    match where:
        case None:
            return None
        case LogLine():
            return where.text[:60]
        case Query():
            return f"{where.name} {where.type} {where.outcome}"
        case Received():
            return f"{where.server} {where.recipients[0]}"
    return f"{where.stage} {where.said[:40]}".strip()

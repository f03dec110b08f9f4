"""A finding as plain values, so that a test can say all of it: status, what was wanted, what was seen, and where."""

from __future__ import annotations

from postfix_lab.dns.query import Query
from postfix_lab.evidence.address import piece_at
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.behaviour import Received
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.verdict.checks import Check

Told = tuple[str, str, str, str | None]


def told(check: Check, evidence: Evidence) -> Told:
    """What a check finds in the evidence."""
    finding = check.judge(evidence)
    assert finding.check == check.name
    where = None if finding.where is None else piece_at(evidence, finding.where)
    return finding.status.value, finding.want, finding.got, _shorten(where)


def _shorten(piece: object) -> str | None:
    match piece:
        case None:
            return None
        case LogLine():
            return piece.text[:60]
        case Query():
            return f"{piece.name} {piece.type} {piece.outcome}"
        case Received():
            return f"{piece.server} {piece.recipients[0]}"
        case Exchange():
            return f"{piece.stage} {piece.said[:40]}".strip()
    raise TypeError(piece)

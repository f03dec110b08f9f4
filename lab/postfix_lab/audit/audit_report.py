"""The findings as text, each with `file:line` in front as compilers print it, and as plain values for JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from postfix_lab.audit.finding import AuditFinding, Severity
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.fit.delta import delta_lines
from postfix_lab.text import printable

_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}


def lines(
    folder: str,
    findings: Collection[AuditFinding],
    facts: MailHostFacts | None,
    trouble: Iterable[str],
    *,
    colour: bool,
) -> Iterator[str]:
    """Yield each finding with its remedy, the fidelity report, and the verdict as the last line."""
    for finding in findings:
        word = f"\x1b[{_COLOURS[finding.severity]}m{finding.severity}\x1b[0m" if colour else str(finding.severity)
        yield f"{printable(str(Path(folder) / str(finding.place)))}: {word}: {finding.what} [{finding.kind}]"
        yield f"    {finding.remedy}"
        yield from (f"    | {line}" for line in finding.evidence)
    if findings:
        yield ""
    yield from (f"trouble: {printable(text)}" for text in trouble)
    if facts is not None:
        yield f"host     Debian {facts.debian}, Postfix {facts.postfix}, chroot {facts.chroot}"
        yield f"replaced {'' if facts.deltas else 'nothing'}".rstrip()
        yield from (f"  {line}" for delta in facts.deltas for line in delta_lines(delta))
    yield verdict(folder, findings)


def verdict(folder: str, findings: Collection[AuditFinding]) -> str:
    """Return `fixtures/postfix/seed: 1 error, 2 warnings`, or that the folder is clean."""
    counts = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
    counted = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items() if count]
    clean = not any(finding.matters for finding in findings)
    words = ["clean", *counted] if clean else counted
    return f"{printable(folder)}: {', '.join(words)}"


def data(findings: Iterable[AuditFinding], folder: str) -> list[dict[str, Any]]:
    """Return the findings as plain values for JSON."""
    return [
        {
            "kind": str(finding.kind),
            "severity": str(finding.severity),
            "matters": finding.matters,
            "file": str(Path(folder) / finding.place.file),
            "line": finding.place.line or None,
            "what": finding.what,
            "remedy": finding.remedy,
            "evidence": list(finding.evidence),
        }
        for finding in findings
    ]

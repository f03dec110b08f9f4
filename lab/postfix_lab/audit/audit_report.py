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
    for one in findings:
        word = f"\x1b[{_COLOURS[one.severity]}m{one.severity}\x1b[0m" if colour else str(one.severity)
        yield f"{printable(str(Path(folder) / str(one.place)))}: {word}: {one.what} [{one.kind}]"
        yield f"    {one.remedy}"
        yield from (f"    | {line}" for line in one.evidence)
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
    counts = {severity: sum(one.severity is severity for one in findings) for severity in Severity}
    told = [f"{count} {severity}{'' if count == 1 else 's'}" for severity, count in counts.items() if count]
    clean = not any(one.matters for one in findings)
    words = ["clean", *told] if clean else told
    return f"{printable(folder)}: {', '.join(words)}"


def data(findings: Iterable[AuditFinding], folder: str) -> list[dict[str, Any]]:
    """Return the findings as plain values for JSON."""
    return [
        {
            "kind": str(one.kind),
            "severity": str(one.severity),
            "matters": one.matters,
            "file": str(Path(folder) / one.place.file),
            "line": one.place.line or None,
            "what": one.what,
            "remedy": one.remedy,
            "evidence": list(one.evidence),
        }
        for one in findings
    ]

"""The findings as text, each with `file:line` in front as compilers print it, and as plain values for JSON.

What changes the verdict comes first, with its remedy. Notes and what the lab replaced are one line a kind, unless the
full report is asked for. No line is wider than asked, except by a word that is.
"""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from postfix_lab.audit.deltas_table import delta_summary
from postfix_lab.audit.finding import AuditFinding, FilePlace, Severity
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.fit.delta import delta_lines
from postfix_lab.text import printable

WIDTH = 80
_COLOURS = {Severity.ERROR: "31", Severity.WARNING: "33", Severity.NOTE: "36"}
_SHOWN = 3
"""Lines of evidence, and places of one kind of note, that the short report shows."""


def lines(  # noqa: PLR0913 - what is shown, and how
    folder: str,
    findings: Collection[AuditFinding],
    facts: MailHostFacts | None,
    trouble: Iterable[str],
    *,
    colour: bool,
    full: bool = False,
    width: int = WIDTH,
) -> Iterator[str]:
    """Yield what matters with its remedies, the notes, the fidelity report, and the verdict as the last line."""
    for line in _plain_lines(folder, findings, facts, trouble, full=full):
        indent = line[: len(line) - len(line.lstrip())]
        for wrapped in _wrap(line, width, indent):
            yield _paint(wrapped) if colour and not indent else wrapped


def _plain_lines(
    folder: str, findings: Collection[AuditFinding], facts: MailHostFacts | None, trouble: Iterable[str], *, full: bool
) -> Iterator[str]:
    told = [finding for finding in findings if finding.matters or full]
    for (kind, remedy), alike in groupby(told, key=lambda finding: (finding.kind, finding.remedy)):
        for finding in alike:
            yield f"{_place(folder, finding.place)}: {finding.severity}: {finding.what} [{kind}]"
            shown = finding.evidence if full else finding.evidence[:_SHOWN]
            yield from (f"    | {line}" for line in shown)
        yield f"    {remedy}"
    if not full:
        yield from _note_lines(folder, [finding for finding in findings if not finding.matters])
    if findings:
        yield ""
    yield from (f"trouble: {printable(text)}" for text in trouble)
    if facts is not None:
        yield f"host     Debian {facts.debian}, Postfix {facts.postfix}, chroot {facts.chroot}"
        if full and facts.deltas:
            yield "replaced"
            yield from (f"  {line}" for delta in facts.deltas for line in delta_lines(delta))
        else:
            yield from delta_summary(facts.deltas)
    yield verdict(folder, findings)


def _note_lines(folder: str, notes: Iterable[AuditFinding]) -> Iterator[str]:
    """Yield one line for each kind of note: the note itself, or how many there are and where."""
    for kind, alike in groupby(sorted(notes, key=lambda note: note.kind), key=lambda note: note.kind):
        first, *others = alike
        if not others:
            yield f"{_place(folder, first.place)}: {first.severity}: {first.what} [{kind}]"
            continue
        more = f" and {len(others) + 1 - _SHOWN} more" if len(others) >= _SHOWN else ""
        places = ", ".join(dict.fromkeys(str(note.place) for note in (first, *others)[:_SHOWN]))
        yield f"{printable(folder)}: note: {kind} x {len(others) + 1}: {places}{more}; --full has each"


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


def _place(folder: str, place: FilePlace) -> str:
    return printable(str(Path(folder) / str(place)))


def _wrap(line: str, width: int, indent: str) -> list[str]:
    """Return the line in pieces that fit; what continues it is indented below it."""
    below = f"{indent}  " if indent.strip() or indent else "    "
    return textwrap.wrap(
        line, width, subsequent_indent=below, break_long_words=False, break_on_hyphens=False, drop_whitespace=True
    ) or [""]


def _paint(line: str) -> str:
    """Return the line with the first severity in its colour."""
    for severity, code in _COLOURS.items():
        if f": {severity}:" in line:
            return line.replace(f": {severity}:", f": \x1b[{code}m{severity}\x1b[0m:", 1)
    return line

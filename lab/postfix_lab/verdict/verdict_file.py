"""`verdict.json`: the verdict, saved with its evidence, for programs that process runs later.

Each finding has the address of the piece of evidence that it points at (`evidence.address`), so that a program need
not search `evidence.json` for a text. The file is written under a temporary name and renamed: never incomplete.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from postfix_lab.evidence.address import SCHEMA as ADDRESS
from postfix_lab.evidence.evidence import JSON_FILE, Evidence, save_error, write_private
from postfix_lab.json_schema import Schema, document, schema_name
from postfix_lab.serialization import to_json
from postfix_lab.verdict.checks.check import Finding, Status
from postfix_lab.verdict.judge import Verdict, merge

VERDICT_FILE = "verdict.json"
SCHEMA = schema_name("verdict")


@dataclass(frozen=True)
class JudgedTest:
    """Which test asked for the verdict."""

    id: str
    """The id in pytest: `tests/scenarios/ptr/test_liar.py::test_forged[12]`."""
    file: str
    """Relative to pytest's root folder."""
    line: int
    """Counted from 1."""


def save_verdict(
    evidence: Evidence, verdicts: Iterable[Verdict], folder: str | Path, test: JudgedTest | None, seconds: float
) -> Path | None:
    """Write the combined findings of these verdicts on the evidence in that folder; return the file.

    `seconds` is how long the scenario took, from its start to its verdict. Nothing is written, and None returned,
    where the folder holds no evidence or is a link. Raises LostError where it cannot be written.
    """
    place = Path(folder)
    if place.is_symlink() or not (place / JSON_FILE).is_file():
        return None
    content = json.dumps({"schema": SCHEMA, **_data(evidence, merge(verdicts), test, seconds)}, indent=1) + "\n"
    try:
        write_private(place / VERDICT_FILE, content.encode())
    except OSError as error:
        raise save_error(f"the verdict on {evidence.scenario}", place, error) from error
    return place / VERDICT_FILE


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the file."""
    where = Schema({"anyOf": [*ADDRESS["anyOf"], {"type": "null"}]})
    finding = {"check": str, "status": Status, "want": str, "got": str, "where": where}
    keys = {"scenario": str, "status": Status, "seconds": float, "test": JudgedTest | None, "findings": [finding]}
    return document("The verdict of a scenario of the postfix lab", SCHEMA, keys)


def _data(evidence: Evidence, verdict: Verdict, test: JudgedTest | None, seconds: float) -> dict[str, Any]:
    return {
        "scenario": evidence.scenario,
        "status": verdict.status.value,
        "seconds": round(seconds, 3),
        "test": to_json(test) if test else None,
        "findings": [_finding(finding) for finding in verdict.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "status": finding.status.value,
        "want": finding.want,
        "got": finding.got,
        "where": finding.where.data() if finding.where else None,
    }

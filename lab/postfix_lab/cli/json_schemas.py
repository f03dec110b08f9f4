"""Write the JSON Schema of every file and output for programs: `python -m postfix_lab.cli.json_schemas`.

It writes docs/schema/NAME-VERSION.json for each; schemas of dataclasses are generated from them.
"""

from __future__ import annotations

import json
from typing import Any

from postfix_lab.audit.finding import FindingKind, Severity
from postfix_lab.dns.query import Query
from postfix_lab.engine.diagnosis import DiagnosisLine
from postfix_lab.evidence import evidence
from postfix_lab.evidence.address import SCHEMA as ADDRESS
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.json_schema import Named, Schema, document, keys_of, schema_name
from postfix_lab.paths import ROOT
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.standing.standing_record import LabRecord
from postfix_lab.verdict import verdict_file
from postfix_lab.verdict.checks.check import Status
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.reason import ReasonedOutcome

FOLDER = ROOT / "docs" / "schema"
_OBJECT = Schema({"type": "object"})
_ERROR = {"message": str, "exit_code": int}
_REASONED = {**keys_of(ReasonedOutcome), "basis": [Schema(ADDRESS)]}
_SESSION = {"decision": _REASONED, "exit_code": int, "evidence": Evidence}
_FACTS = {"debian": int, "postfix": str, "configuration": str}
_EXPLANATION = {"scenario": str, "mail_host": _FACTS, "sessions": [_OBJECT]}
_FINDING = {
    "kind": FindingKind, "severity": Severity, "matters": bool, "file": str, "line": int | None, "what": str,
    "remedy": str, "evidence": [str],
}  # fmt: skip
_ROW = {
    "scenario": str, "debian": int, "chroot": str, "status": Status, "seconds": float, "note": str, "became": [str],
    "closed": bool, "story": str,
}  # fmt: skip
_RELEASE = {"debian": int, "status": Status, "became": [str]}
_DIFFERENCE = {"scenario": str, "chroot": str, "releases": [_RELEASE]}
_RESTRICTION = {
    "list": str, "stage": str | None, "restriction": str, "argument": str, "file": str, "line": int | None,
    "evaluated": int, "decided": int, "decides": bool, "counts": bool,
}  # fmt: skip
_OUTCOME = {"fate": Fate, "stage": Stage, "code": int | None, "enhanced": str | None, "later": str | None}
_CELL = {
    "outcomes": [[_OUTCOME]], "unknown": str | None, "alarms": [str], "seconds": float, "kept": str | None,
}  # fmt: skip
_STANDING = {key: kind for key, kind in keys_of(LabRecord).items() if key not in ("pid", "started")}
_OUTPUTS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "send": ("What `send --json` prints", {"exit_code": int, "evidence": Evidence}, {"decision": _REASONED}),
    "explain": ("What `explain --json` prints", {**_SESSION, "explanation": _EXPLANATION}, {}),
    "check": (
        "What `check --json` prints",
        {
            "configuration": str, "exit_code": int, "findings": [_FINDING], "trouble": [str],
            "mail_host": MailHostFacts | None,
        },
        {},
    ),
    "run": (
        "What `run --json` prints",
        {"scenarios": [_ROW], "exit_code": int},
        {"error": _ERROR, "differences": [_DIFFERENCE]},
    ),
    "coverage": (
        "What `coverage --json` prints",
        {"configurations": [{"configuration": str, "percent": float, "restrictions": [_RESTRICTION]}]},
        {},
    ),
    "sweep": (
        "What `sweep --json` prints",
        {
            "scenarios": [{
                "scenario": str, "debian": int, "undisturbed": _CELL,
                "questions": [{"name": str, "type": str, "faults": Named(_CELL)}],
            }],
        },
        {},
    ),
    "up": ("What `up --json` prints", {**_STANDING, "stood_already": bool, "examples": [str]}, {}),
    "down": ("What `down --json` prints", {"removed": bool}, {}),
    "clean": ("What `clean --json` prints", {"removed": [str]}, {}),
    "doctor": ("What `doctor --json` prints", {"lines": [DiagnosisLine]}, {}),
    "shell": ("What `shell --json` prints", {"exit_code": int, "stdout": str, "stderr": str}, {}),
    "logs": ("What `logs --json` prints for each line", keys_of(LogLine), {}),
    "dns": ("What `dns --json` prints for each question", keys_of(Query), {}),
    "error": ("What any command prints with --json where it fails", {"error": _ERROR}, {}),
}  # fmt: skip
"""By name: title, keys, and keys that may be missing."""


def schemas() -> dict[str, dict[str, Any]]:
    """Return every schema by its file name: `verdict-1.json`."""
    found = [evidence.json_schema(), verdict_file.json_schema(), *map(_output, _OUTPUTS)]
    return {f"{one['properties']['schema']['const'].partition('/')[2]}.json": one for one in found}


def text(schema: dict[str, Any]) -> str:
    """Return a schema as text, as it is published."""
    return json.dumps(schema, indent=1) + "\n"


def _output(name: str) -> dict[str, Any]:
    title, keys, optional = _OUTPUTS[name]
    return document(title, schema_name(name), keys, optional)


def main() -> None:
    """Write all schemas."""
    for name, schema in schemas().items():
        (FOLDER / name).write_text(text(schema), "utf-8")


if __name__ == "__main__":
    main()

"""The table of a sweep, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from postfix_lab.json_schema import schema_name
from postfix_lab.sweep.cell import Cell
from postfix_lab.sweep.sweep import SweepResult
from postfix_lab.text import printable
from postfix_lab.verdict.outcome import Outcome

SCHEMA = schema_name("sweep")
CALM, ALARM, BLIND = 0, 1, 3
"""Exit codes: nothing to say, something marked, something that the lab could not see."""


def exit_code(swept: Iterable[SweepResult]) -> int:
    """Return 3 if a cell is unknown, else 1 for an alarm, else 0."""
    cells = [cell for table in swept for _, _, cell in table.cells]
    return BLIND if any(cell.unknown for cell in cells) else ALARM if any(cell.alarms for cell in cells) else CALM


def text(swept: SweepResult) -> str:
    """Return the table of questions by faults, the undisturbed run first, then each mark in words."""
    head = ("question", *(kind.value for kind in swept.kinds))
    body = [(str(question), *map(str, cells)) for question, cells in swept.rows]
    rows = [tuple(map(printable, row)) for row in (head, *body)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    widths[0] = max(widths[0], len(_UNDISTURBED))
    lines = [_line(row, widths) for row in rows]
    rule = "-" * max(map(len, lines))
    first = f"{_UNDISTURBED:<{widths[0]}}  {printable(str(swept.undisturbed))}"
    title = printable(f"{swept.scenario}, Debian {swept.debian}")
    return "\n".join([title, lines[0], rule, first, *lines[1:], rule, *_words(swept)])


def as_json(swept: Iterable[SweepResult]) -> str:
    """Return all tables as JSON, with an object for each cell."""
    return json.dumps({"schema": SCHEMA, "scenarios": [_table(table) for table in swept]}, indent=2)


_UNDISTURBED = "(undisturbed)"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def _words(swept: SweepResult) -> list[str]:
    told = []
    for question, kind, cell in swept.cells:
        what = f"{kind} for {question}" if question else "the undisturbed run"
        told += [f"! {what}: {alarm}" for alarm in cell.alarms]
        told += [f"? {what}: {cell.unknown}"] if cell.unknown else []
        told += [f"  kept {cell.folder}"] if cell.folder else []
    calm = [] if told else ["No outage turned into a refusal for good or into an open door."]
    once = [f"{question} was asked in the first run only, so it is not swept." for question in swept.once]
    return [printable(line) for line in (*told, *calm, *once)]


def _table(swept: SweepResult) -> dict[str, Any]:
    return {
        "scenario": swept.scenario,
        "debian": swept.debian,
        "undisturbed": _cell(swept.undisturbed),
        "questions": [
            {
                "name": question.name,
                "type": question.type,
                "faults": {kind.value: _cell(cell) for kind, cell in zip(swept.kinds, cells, strict=True)},
            }
            for question, cells in swept.rows
        ],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    sessions = [[_outcome(outcome) for outcome in session] for session in cell.outcomes]
    return {
        "outcomes": [] if cell.unknown else sessions,
        "unknown": cell.unknown or None,
        "alarms": list(cell.alarms),
        "seconds": round(cell.seconds, 3),
        "kept": cell.folder or None,
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "fate": outcome.fate.value,
        "stage": outcome.stage,
        "code": outcome.reply.code if outcome.reply else None,
        "enhanced": outcome.reply.enhanced if outcome.reply else None,
        "later": outcome.later or None,
    }

"""The setup and the standing lab that the options of a command name.

Apart from `options.py`, because `run` starts containers before it loads what is imported here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from postfix_lab.cli import options
from postfix_lab.errors import InputError
from postfix_lab.fit.templates import parse_definitions
from postfix_lab.paths import CONFIGURATIONS, EVIDENCE
from postfix_lab.runtime.setup import Setup
from postfix_lab.standing.access import find_standing

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.standing.standing_record import LabRecord


def setup(folder: Path | None, **changes: Any) -> Setup:
    """Return the setup for a configuration, without canary, since it may be any configuration."""
    if folder is None:
        return Setup(CONFIGURATIONS / "seed", **changes)
    return Setup(folder.resolve(), **{"canary": False, **changes})


def changes(tables: Path | None, at: str | None, define: Sequence[str]) -> dict[str, Any]:
    """Return the fields of a setup that `--tables`, `--at` and `--define` set."""
    found = {"csv": tables and tables.resolve(), "at": at, "define": parse_definitions(define)}
    return {name: value for name, value in found.items() if value}


def standing_changes(record: LabRecord | None) -> dict[str, Any]:
    """Return the same fields of the setup of the standing lab, as `up` was given them."""
    if record is None:
        return {}
    return changes(Path(record.tables) if record.tables else None, record.at, record.define)


def require_standing(wanted: EngineName | None) -> LabRecord:
    """Return the record of the standing lab; raises InputError if there is none."""
    if (found := find_standing(EVIDENCE, wanted, options.progress)) is None:
        raise InputError("no lab stands here: start one with `postfix-lab up`, from the same folder")
    return found

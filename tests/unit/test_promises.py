"""Each promise names tests that are there, and none stands without one."""

from __future__ import annotations

import ast
import re

from lab.paths import ROOT

PROMISES = (ROOT / "docs" / "promises.md").read_text("utf-8")
NAMED = re.findall(r"`((?:unit|selftest|scenarios)/[\w./-]+\.py)(?:::(\w+))?`", PROMISES)


def test_every_test_that_is_named_exists() -> None:
    """A file below tests/, and the function in it."""
    assert len(NAMED) > 50
    missing = [f"{file}::{name}" for file, name in NAMED if not _exists(file, name)]
    assert missing == []


def test_every_promise_is_held_by_a_test() -> None:
    """A row of a table under `promise` ends with at least one."""
    rows = [row.split(" | ") for row in PROMISES.partition("## Figures")[0].splitlines() if row.startswith("| ")]
    bare = [cells[0] for cells in rows if cells[0] != "| promise" and not re.search(r"`[\w/]+\.py", cells[-1])]
    assert len(rows) > 20
    assert bare == []


def test_a_name_that_leads_nowhere_is_found() -> None:
    """The check itself would see one."""
    assert not _exists("unit/test_promises.py", "test_that_is_not_there")
    assert not _exists("unit/test_that_is_not_there.py", "")


def _exists(file: str, name: str) -> bool:
    path = ROOT / "tests" / file
    if not path.is_file():
        return False
    found = {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}
    return name in found if name else any(known.startswith("test_") for known in found)

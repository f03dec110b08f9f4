"""Each promise names tests that are there, and none stands without one."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from postfix_lab.paths import ROOT

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
    found = _tests(ROOT / "tests" / file)
    return name in found if name else bool(found)


@cache
def _tests(path: Path) -> set[str]:
    text = path.read_text("utf-8") if path.is_file() else ""
    return set(re.findall(r"^ *(?:async )?def (test_\w+)\(", text, re.MULTILINE))

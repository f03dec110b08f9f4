"""Which modules of the package are pure: what is mutated, and what has to have a unit test at its path."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
LAB = ROOT / "lab"
PACKAGE = LAB / "postfix_lab"
PURE = (
    "dns", "smtp", "postfix", "fit", "scenario", "evidence", "verdict", "yaml", "report", "audit", "conformance",
    "text.py", "serialization.py", "counted_rules.py",
)  # fmt: skip
"""Folders and files below the package."""
DRIVERS = frozenset({
    "audit/examine.py", "conformance/conformance_command.py", "conformance/inprocess.py", "conformance/suite_run.py",
})  # fmt: skip
"""Modules among these that drive a lab: the selftests try them."""


def pure_modules() -> list[str]:
    """Their paths below the package; no `__init__.py` that is empty."""
    found = [file for room in PURE for file in ([PACKAGE / room] if room.endswith(".py") else (PACKAGE / room).rglob("*.py"))]
    names = sorted(str(file.relative_to(PACKAGE)) for file in found if file.stat().st_size)
    return [name for name in names if name not in DRIVERS]

"""Where the project's own files are: containers, configurations, zones."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONTAINERS = ROOT / "containers"
CONFIGURATIONS = ROOT / "fixtures" / "postfix"
ZONES = ROOT / "fixtures" / "zones"
EVIDENCE = Path(".lab")
"""Relative to the folder that a command is typed in."""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock of that folder: of several processes that do the same thing, one does it and the others wait."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)

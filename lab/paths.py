"""Where the project's own files are: containers, configurations, zones."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.errors import InputError
from lab.words import printable

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


def below_evidence(*names: str) -> Path:
    """The folder for evidence, or one below it; a link, which a repository can bring, is an InputError."""
    place = EVIDENCE
    for name in ("", *names):
        place /= name
        if place.is_symlink():
            raise _link(place)
    return place


def open_own(path: Path, flags: int, mode: int) -> int:
    """Open a file of the lab's own; one that a link leads to is an InputError."""
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _link(path) from None
        raise


def _link(place: Path) -> InputError:
    what = "it is a link, and the lab writes to no place that a link leads to; remove it, or move what it leads to here"
    return InputError(what, printable(str(place)))

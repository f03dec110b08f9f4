"""Paths of the project's own files (containers, configurations, zones), and safe access to files."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.text import printable

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parents[1]
CONTAINERS = ROOT / "containers"
CONFIGURATIONS = ROOT / "fixtures" / "postfix"
ZONES = ROOT / "fixtures" / "zones"
EVIDENCE = Path(".lab")
"""Relative to the current folder."""


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Hold the lock of that folder; other processes that want it wait."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def evidence_folder(*names: str) -> Path:
    """The folder for evidence, or one below it; raises InputError for a link, which a repository may contain."""
    place = EVIDENCE
    for name in ("", *names):
        place /= name
        if place.is_symlink():
            raise _link_error(place)
    return place


def read_limited(path: Path, most: int, remedy: str) -> bytes:
    """The content of a regular file of at most `most` octets; raises InputError for any other file.

    So a pipe or a device is never read. Raises OSError and ValueError as open(2) does.
    """
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        about = os.fstat(opened)
        if not stat.S_ISREG(about.st_mode):
            raise InputError(f"it is no regular file; {remedy}", printable(str(path)))
        with os.fdopen(opened, "rb", closefd=False) as file:
            found = b"" if about.st_size > most else file.read(most + 1)
    finally:
        os.close(opened)
    if max(about.st_size, len(found)) > most:
        size = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
        raise InputError(f"it is larger than {size}; {remedy}", printable(str(path)))
    return found


def open_no_follow(path: Path, flags: int, mode: int) -> int:
    """Open a file of the lab's own; raises InputError for a symbolic link."""
    try:
        return os.open(path, flags | os.O_NOFOLLOW | os.O_CLOEXEC, mode)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _link_error(path) from None
        raise


def _link_error(place: Path) -> InputError:
    what = "it is a link, and the lab writes to no place that a link leads to; remove it, or move what it leads to here"
    return InputError(what, printable(str(place)))

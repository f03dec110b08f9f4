"""What is written down of a standing lab in the folder of the evidence: who keeps it, and where its parts are.

The record counts as long as the process that it names is alive. A process id alone would not do, because
ids are used again; the start time tells two processes apart.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.paths import octets, open_own

_FILE = "standing.json"
SOCKET = "standing.sock"
LOG = "standing.log"
_MOST = 1 << 20
_ENGINES = ("docker", "podman")
_STATE, _START = 0, 19
"""Fields 3 and 22 of /proc/<pid>/stat (proc(5)), counted after the program's name."""


@dataclass(frozen=True)
class Place:
    """A mail host of the lab that a person may look into."""

    debian: int
    container: str
    addresses: tuple[str, ...]
    postfix: str


@dataclass(frozen=True)
class Record:
    """A standing lab."""

    pid: int
    started: str
    engine: str
    """`docker` or `podman`, which is also the name of its command."""
    version: str
    url: str
    internet: str
    """The name of the Internet's container."""
    configuration: str
    domain: str
    mail_hosts: tuple[Place, ...] = ()
    zones: tuple[str, ...] = field(default=())

    @property
    def alive(self) -> bool:
        """Whether the process that keeps it is still there."""
        return _started(self.pid) == self.started


def read(folder: Path) -> Record | None:
    """The record that is there, of a lab that may stand or not."""
    try:
        found = json.loads(octets(folder / _FILE, _MOST, "remove it"))
        places = tuple(Place(**{**place, "addresses": tuple(place["addresses"])}) for place in found["mail_hosts"])
        read = Record(**{**found, "mail_hosts": places, "zones": tuple(found["zones"])})
        return read if read.engine in _ENGINES and isinstance(read.pid, int) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, InputError):
        return None


def write(folder: Path, record: Record) -> None:
    """Write it down whole, so that nobody finds half of it."""
    fresh = folder / f".{_FILE}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    with os.fdopen(open_own(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644), "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(record)))
    fresh.replace(folder / _FILE)


def forget(folder: Path, only: Record | None = None) -> None:
    """Take away what a keeper left: record and socket; with `only`, unless another lab stands there by now."""
    if only is not None and read(folder) not in (None, only):
        return
    for name in (_FILE, SOCKET):
        with suppress(FileNotFoundError):
            (folder / name).unlink()


def own_start() -> str:
    """When this process started."""
    return _started(os.getpid()) or ""


def _started(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[_STATE] in "ZX" else fields[_START]

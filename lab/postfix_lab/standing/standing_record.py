"""The record of a standing lab, a file in the evidence folder: its keeper process, and where its parts are.

The record is valid as long as its process is alive. A process id alone is not enough, because
ids are reused; the start time tells two processes apart.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.paths import open_no_follow, read_limited

_FILE = "standing.json"
SOCKET = "standing.sock"
LOG = "standing.log"
_MOST = 1 << 20
_ENGINES = ("docker", "podman")
_STATE, _START = 0, 19
"""Fields 3 and 22 of /proc/<pid>/stat (proc(5)), counted from the one after the program's name."""


@dataclass(frozen=True)
class MailHostRecord:
    """A mail host of a standing lab."""

    debian: int
    container: str
    addresses: tuple[str, ...]
    postfix: str


@dataclass(frozen=True)
class LabRecord:
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
    mail_hosts: tuple[MailHostRecord, ...] = ()
    zones: tuple[str, ...] = field(default=())
    tables: str = ""
    """The entries of tables that `up` was given; empty: none."""
    at: str = ""
    """Where the configuration is mounted on its host; empty: nowhere else."""
    define: tuple[str, ...] = ()
    """The values of its placeholders, each `NAME=VALUE`."""

    @property
    def alive(self) -> bool:
        """Whether its keeper process is alive."""
        return _start_time(self.pid) == self.started


def read(folder: Path) -> LabRecord | None:
    """Return the record in that folder, None if there is no valid one; its lab may be dead."""
    try:
        found = json.loads(read_limited(folder / _FILE, _MOST, "remove it"))
        hosts = [MailHostRecord(**{**host, "addresses": tuple(host["addresses"])}) for host in found["mail_hosts"]]
        tuples = {name: tuple(found[name]) for name in ("zones", "define")}
        read = LabRecord(**{**found, **tuples, "mail_hosts": tuple(hosts)})
        return read if read.engine in _ENGINES and isinstance(read.pid, int) else None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, InputError):
        return None


def write(folder: Path, record: LabRecord) -> None:
    """Write the record atomically."""
    fresh = folder / f".{_FILE}.{os.getpid()}"
    fresh.unlink(missing_ok=True)
    with os.fdopen(open_no_follow(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644), "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(record)))
    fresh.replace(folder / _FILE)


def forget(folder: Path, only: LabRecord | None = None) -> None:
    """Remove record and socket; with `only`, not if the folder has another lab's record by now."""
    if only is not None and read(folder) not in (None, only):
        return
    for name in (_FILE, SOCKET):
        with suppress(FileNotFoundError):
            (folder / name).unlink()


def own_start() -> str:
    """Return the start time of this process."""
    return _start_time(os.getpid()) or ""


def _start_time(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[_STATE] in "ZX" else fields[_START]

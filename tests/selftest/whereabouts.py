"""Where a lab is on this machine: its containers' processes and namespaces, as an inner run tells them.

Process ids and the numbers of namespaces are used again, so a process is known by its start time as
well, and a namespace by the file that the engine keeps it in.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from postfix_lab.runtime.lab import Lab

STATE, GROUP, _START = 0, 2, 19
"""Fields 3, 5 and 22 of /proc/<pid>/stat (proc(5)), counted after the program's name."""


def tell(lab: Lab, folder: Path, debian: int) -> None:
    """Write `<run>.json`: everything of this lab that must be gone when it is over."""
    api, run = lab.engine.client.api, lab._containers.labels["postfix-lab.run"]
    mine = api.containers(filters={"label": f"postfix-lab.run={run}"})
    states = [api.inspect_container(container["Id"]) for container in mine]
    kept = [state["NetworkSettings"].get("SandboxKey") or "" for state in states]
    said = {
        "run": run,
        "debian": debian,
        "worker": os.environ.get("PYTEST_XDIST_WORKER", ""),
        "containers": len(mine),
        "processes": [process for state in states for process in _sharing(state["State"]["Pid"])],
        "namespaces": sorted(namespaces() & {Path(path).name for path in kept}),
    }
    unfinished = folder / f"{run}.unfinished"
    unfinished.write_text(json.dumps(said))
    unfinished.rename(folder / f"{run}.json")  # whoever finds it may read it at once


def processes() -> list[str]:
    """The ids of all processes of this machine that can be seen."""
    return [path.name for path in Path("/proc").iterdir() if path.name.isdigit()]


def stat(pid: str) -> list[str]:
    """The fields of that process after its name; none if it is gone."""
    try:
        return Path("/proc", pid, "stat").read_text(errors="replace").rsplit(")", 1)[1].split()
    except OSError:
        return []


def alive(process: str) -> bool:
    """Whether `pid:start` still runs."""
    pid, start = process.split(":")
    return stat(pid)[_START:][:1] == [start]


def namespaces() -> set[str]:
    """The names of the files by which somebody on this machine holds on to a namespace, as engines do.

    An engine may have a view of its own of the file system, so it is asked what is mounted there.
    """
    found = set()
    for pid in processes():
        with suppress(OSError):
            rows = map(str.split, Path("/proc", pid, "mountinfo").read_text(errors="replace").splitlines())
            found |= {Path(row[4]).name for row in rows if "nsfs" in row}
    return found


def _sharing(pid: int) -> list[str]:
    """The processes in the network namespace of this one, as `pid:start`; none on a remote engine."""
    wanted = _namespace(str(pid))
    return [f"{other}:{stat(other)[_START]}" for other in processes() if wanted and _namespace(other) == wanted]


def _namespace(pid: str) -> str | None:
    try:
        return str(Path("/proc", pid, "ns", "net").readlink())
    except OSError:
        return None

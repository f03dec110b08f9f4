"""Removes containers that a dead run left.

A run that is killed cannot clean up after itself. So every container has a label with its owner, and the
next run removes those whose owner is gone; containers with a live owner are never touched. A process
id alone is not enough, because ids are reused: the start time tells two processes apart, the boot id two
boots of the machine, and the process namespace whether the owner is visible from here.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.engine.client import engine_errors, library

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postfix_lab.engine.client import Engine

LABEL = "postfix-lab"
_RUN = f"{LABEL}.run"
_OWNER = f"{LABEL}.owner"
FOLDER = f"{LABEL}.folder"
"""The folder where the run was started; it tells kept containers apart when several users share an engine."""
_STATE, _START = 0, 19
"""Fields 3 and 22 of /proc/<pid>/stat (proc(5)), counted from the one after the program's name."""


@dataclass(frozen=True)
class Owner:
    """The process that owns a container."""

    pid: str
    start: str
    """Clock ticks from boot to the start of the process."""
    boot: str
    namespace: str
    """The namespace of process ids: an owner in another one cannot be looked up from here."""

    def __str__(self) -> str:
        return ":".join(astuple(self))

    def has_ended(self, *, local: bool = True) -> bool:
        """Whether it has certainly ended; `local`: its engine runs on this machine.

        An owner that cannot be looked up counts as alive: `postfix-lab clean` removes its containers.
        """
        here = owner()
        if not self.namespace:
            return False
        if self.boot != here.boot:
            return local
        return self.namespace == here.namespace and _start_time(self.pid) != self.start


def owner() -> Owner:
    """Return this process as an owner."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    return Owner(str(os.getpid()), _start_time("self") or "", boot, namespace)


def labels(run_id: str, *, kept: bool = False) -> dict[str, str]:
    """Return the labels of every container of that run of this process.

    Kept containers have no owner, so `sweep` does not remove them; `postfix-lab clean` does.
    """
    return {LABEL: "1", _RUN: run_id, _OWNER: "" if kept else str(owner()), FOLDER: str(Path().absolute())}


def sweep(engine: Engine) -> list[str]:
    """Remove the containers whose owner is gone; returns their names."""
    local = engine.url.startswith("unix://")
    found = _containers(engine)
    return [name for name, said in found if _parse_owner(said).has_ended(local=local) and remove(engine, name)]


def remove_run(engine: Engine, labels: Mapping[str, str]) -> list[str]:
    """Remove the containers of the run with those labels; returns their names."""
    run = f"{_RUN}={labels[_RUN]}"
    return [name for name, _ in _containers(engine, run) if remove(engine, name)]


def remove_all(engine: Engine) -> list[str]:
    """Remove every container of every lab, whoever owns it; returns their names."""
    return [name for name, _ in _containers(engine) if remove(engine, name)]


def find_abandoned(engine: Engine) -> list[str]:
    """Return the names of the containers that `sweep` would remove."""
    local = engine.url.startswith("unix://")
    return [name for name, said in _containers(engine) if _parse_owner(said).has_ended(local=local)]


def _containers(engine: Engine, label: str = f"{LABEL}=1") -> list[tuple[str, str]]:
    with engine_errors("listing the containers of the lab"):
        found = engine.client.api.containers(all=True, filters={"label": label})
    return [(c["Names"][0].lstrip("/"), c["Labels"].get(_OWNER, "")) for c in found]


def _parse_owner(said: str) -> Owner:
    pid, start, boot, namespace = (said.split(":") + [""] * 4)[:4]
    return Owner(pid, start, boot, namespace)


def remove(engine: Engine, name: str) -> bool:
    """Remove a container by its name; return whether it was there."""
    # Somebody else removed it meanwhile, or is about to.
    with engine_errors(f"removing the container {name}"), suppress(library().APIError):
        engine.client.api.remove_container(name, force=True, v=True)
        return True
    return False


def _start_time(pid: str) -> str | None:
    """Return when that process started, None if there is no such process; a zombie counts as ended."""
    try:
        fields = Path("/proc", pid, "stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[_STATE] in "ZX" else fields[_START]

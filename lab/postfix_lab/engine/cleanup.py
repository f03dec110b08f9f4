"""What a run leaves behind, and whose it is.

A run that is killed cannot clean up after itself. So every container says who owns it, and the
next run removes those whose owner is gone; a run whose owner is alive is never touched. A process
id alone would not do, because ids are used again: the start time tells two processes apart, the
boot two starts of the machine, and the process namespace whether we can see the owner at all.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from postfix_lab.engine.client import engine_errors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from postfix_lab.engine.client import Engine

LABEL = "postfix-lab"
_RUN = f"{LABEL}.run"
_OWNER = f"{LABEL}.owner"
FOLDER = f"{LABEL}.folder"
"""Where the run was started: those who share an engine tell their kept containers apart by it."""
_STATE, _START = 0, 19
"""Fields 3 and 22 of /proc/<pid>/stat (proc(5)), counted after the program's name."""


@dataclass(frozen=True)
class Owner:
    """The process that a container belongs to."""

    pid: str
    start: str
    """Clock ticks from boot to the start of the process."""
    boot: str
    namespace: str
    """Of process ids: an owner in another one cannot be looked up from here."""

    def __str__(self) -> str:
        return ":".join(astuple(self))

    def has_ended(self, *, local: bool = True) -> bool:
        """Whether it has surely ended; `local` says that its engine runs on this machine.

        What cannot be known counts as alive: `postfix-lab clean` is for that.
        """
        here = owner()
        if not self.namespace:
            return False
        if self.boot != here.boot:
            return local
        return self.namespace == here.namespace and _start(self.pid) != self.start


def owner() -> Owner:
    """This process as an owner."""
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    namespace = str(Path("/proc/self/ns/pid").stat().st_ino)
    return Owner(str(os.getpid()), _start("self") or "", boot, namespace)


def labels(run_id: str, *, kept: bool = False) -> dict[str, str]:
    """What every container of that run of this process is labelled with.

    Containers that are to be kept have no owner, so that no `sweep` takes them: `postfix-lab clean` does.
    """
    return {LABEL: "1", _RUN: run_id, _OWNER: "" if kept else str(owner()), FOLDER: str(Path().absolute())}


def sweep(engine: Engine) -> list[str]:
    """Remove the containers whose owner is gone; returns their names."""
    local = engine.url.startswith("unix://")
    return [name for name, said in _containers(engine) if _of(said).has_ended(local=local) and remove(engine, name)]


def remove_run(engine: Engine, labels: Mapping[str, str]) -> list[str]:
    """Remove what is left of the run with those labels; returns the names of the containers."""
    run = f"{_RUN}={labels[_RUN]}"
    return [name for name, _ in _containers(engine, run) if remove(engine, name)]


def remove_all(engine: Engine) -> list[str]:
    """Remove every container of every lab, whoever owns it; returns their names."""
    return [name for name, _ in _containers(engine) if remove(engine, name)]


def find_abandoned(engine: Engine) -> list[str]:
    """The containers that `sweep` would remove."""
    local = engine.url.startswith("unix://")
    return [name for name, said in _containers(engine) if _of(said).has_ended(local=local)]


def _containers(engine: Engine, label: str = f"{LABEL}=1") -> list[tuple[str, str]]:
    with engine_errors("listing the containers of the lab"):
        found = engine.client.api.containers(all=True, filters={"label": label})
    return [(c["Names"][0].lstrip("/"), c["Labels"].get(_OWNER, "")) for c in found]


def _of(said: str) -> Owner:
    pid, start, boot, namespace = (said.split(":") + [""] * 4)[:4]
    return Owner(pid, start, boot, namespace)


def remove(engine: Engine, name: str) -> bool:
    """Remove a container by its name; whether it was there."""
    from docker.errors import APIError  # noqa: PLC0415 - importing docker takes a tenth of a second

    # Somebody else removed it meanwhile, or is about to.
    with engine_errors(f"removing the container {name}"), suppress(APIError):
        engine.client.api.remove_container(name, force=True, v=True)
        return True
    return False


def _start(pid: str) -> str | None:
    """When that process started, or none if there is no such process; one that waits to be buried has ended."""
    try:
        fields = Path("/proc", pid, "stat").read_text(encoding="ascii", errors="replace").rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[_STATE] in "ZX" else fields[_START]

"""Forked processes with limits: what a mutant does there has no effect here, and a loop or a leak ends."""

from __future__ import annotations

import contextlib
import os
import resource
import select
import shutil
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path

MEMORY = 3 << 30
"""Octets of address space for a mutant that collects without end."""
BROKEN = 99
"""Exit status of a process that could not do what it was forked for."""


def status_of(work: Callable[[Path], int], processor_seconds: int, wall_seconds: float) -> int:
    """The exit status of work(a temporary folder) in a forked process; negative if a signal ended it or its time was up.

    Nothing of its process group stays, and the folder goes.
    """
    scratch = tempfile.mkdtemp(prefix="mutant-")
    try:
        child = os.fork()
        if child == 0:
            _work_and_exit(work, Path(scratch), processor_seconds)
        return _wait(child, wall_seconds)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _work_and_exit(work: Callable[[Path], int], scratch: Path, processor_seconds: int) -> None:
    status = BROKEN
    with contextlib.suppress(BaseException):
        os.setpgid(0, 0)
        resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        with Path(os.devnull).open("r+b") as nothing:
            for stream in (0, 1, 2):
                os.dup2(nothing.fileno(), stream)
        status = work(scratch)
    os._exit(status)


def _wait(child: int, wall_seconds: float) -> int:
    descriptor = os.pidfd_open(child)
    try:
        ready = bool(select.select([descriptor], [], [], wall_seconds)[0])
    finally:
        os.close(descriptor)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) if ready else -signal.SIGKILL

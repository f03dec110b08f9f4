"""The real command in a folder of its own, as a person types it; a lab that it leaves standing is taken down."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

COMMAND = str(Path(sys.executable).with_name("postfix-lab"))
LIMIT = 120.0


class Command:
    """Types `postfix-lab` in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str, said: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Type it and wait for its end."""
        return subprocess.run(
            [COMMAND, *words], cwd=self.folder, input=said or "", capture_output=True, text=True, timeout=LIMIT,
            check=False, env=_environment(environment),
        )  # fmt: skip

    def json(self, *words: str) -> Any:
        """Type it with --json; standard output has to be one JSON value and nothing else."""
        return json.loads(self(*words, "--json").stdout)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Type it and go on."""
        return subprocess.Popen(
            [COMMAND, *words], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=_environment({}), start_new_session=True,
        )  # fmt: skip

    def line(self, text: str) -> subprocess.CompletedProcess[str]:
        """Type a line at a shell."""
        return subprocess.run(
            ["/bin/sh", "-c", text], cwd=self.folder, capture_output=True, text=True, timeout=LIMIT, check=False,
            stdin=subprocess.DEVNULL, env=_environment({}),
        )  # fmt: skip

    @property
    def keeper(self) -> int:
        """The process that keeps the standing lab."""
        return int(json.loads((self.folder / ".lab" / "standing.json").read_text())["pid"])

    def kill_the_keeper(self) -> None:
        """Kill it as nobody can catch it, and return when it is gone."""
        process = os.pidfd_open(self.keeper)
        signal.pidfd_send_signal(process, signal.SIGKILL)
        _await_end(process)


def first_line(stream: IO[str] | None, holds: Callable[[str], bool]) -> str:
    """The first line of a running command that is as wanted."""
    return next(line for line in stream or () if holds(line))


def _await_end(process: int) -> None:
    assert select.select([process], [], [], LIMIT)[0]
    os.close(process)


def _environment(own: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "NO_COLOR"))}
    return {**kept, **own}

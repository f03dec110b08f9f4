"""Processes that have everything loaded when they start: another one has, and forks.

Half a hundred of processes that load the command or pytest anew take half a minute for that alone.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

COMMAND = "from postfix_lab.cli import main; main(arguments)"
PYTEST = "import sys, pytest; sys.path.insert(0, ''); sys.exit(pytest.main(arguments))"
_ENTER = """
import os

os.chdir(cwd)
os.environ.clear()
os.environ.update(environment)
for number, file in enumerate(streams):
    os.dup2(os.open(file, os.O_RDWR | os.O_CREAT), number)
"""
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["pytest", "postfix_lab.cli.run", "postfix_lab.cli.send", "postfix_lab.cli.standing", "postfix_lab.pytest_plugin"])


def run(
    what: str, arguments: tuple[str, ...], cwd: Path, environment: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[str]:
    """Run one of these with its arguments in that folder, as `subprocess.run` would run a program."""
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        told = {"arguments": [*arguments], "cwd": cwd, "environment": dict(environment)}
        process = _PROCESSES.Process(target=exec, args=(_ENTER + what, {**told, "streams": [os.devnull, out, err]}))
        process.start()
        process.join()
        assert process.exitcode is not None
        return subprocess.CompletedProcess(arguments, process.exitcode, out.read_text(), err.read_text())

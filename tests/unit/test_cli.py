"""The command: usage errors are sentences with exit code 2, and nothing ends in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

NOWHERE = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}


def command(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run postfix-lab on a machine whose engine does not answer."""
    call = [sys.executable, "-m", "lab.cli", *arguments]
    return subprocess.run(call, capture_output=True, text=True, check=False, env=NOWHERE, cwd=cwd)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["run", "--debian", "10"], "--lab-debian takes a list of 11, 12, 13"),
        (["up", "--debian", "twelve"], "takes a list of releases"),
        (["run", "--engine", "lxc"], "'lxc' is not one of 'docker', 'podman'"),
        (["run", "nowhere/at/all"], "nowhere/at/all"),
        (["walk"], "No such command 'walk'"),
        (["run", "--pack", "rnds"], "there is no pack 'rnds'; did you mean rdns?"),
        (["run", "--pack", "rdns", "--config", "nowhere"], "--lab-config: there is no main.cf in nowhere"),
        (["run", "--pack", "rdns", "--chroot", "emtpy"], "did you mean empty?"),
        (["run", "/dev/null"], "it is neither a file nor a folder"),
    ],
    ids=["release", "up", "engine", "path", "command", "pack", "configuration", "chroot", "device"],
)
def test_usage_errors_end_with_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """A mistake in the call is told in a sentence."""
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_file_without_scenarios_is_a_usage_error(tmp_path: Path) -> None:
    """Nothing to run is no success."""
    empty = tmp_path / "test_empty.py"
    empty.write_text('"""Nothing here."""\n')
    done = command("run", str(empty), cwd=tmp_path)
    assert done.returncode == 2
    assert "No scenario was found in" in done.stderr


@pytest.mark.parametrize("arguments, status", [(["clean"], 2), (["up"], 2), (["doctor"], 1)])
def test_without_an_engine_the_remedy_is_said(tmp_path: Path, arguments: list[str], status: int) -> None:
    """No engine: what was tried, and what to install."""
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == status
    assert "/nowhere/docker.sock" in done.stdout + done.stderr
    assert "make engine" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_down_without_a_standing_lab_says_so(tmp_path: Path) -> None:
    """Nothing to do is no error."""
    done = command("down", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "No lab is standing.\n")

"""The queue moves to the small disk and back: the commands, run in a folder that stands for /var/spool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime import disk
from postfix_lab.runtime.setup import Setup


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    """A spool with a queue and an empty small disk."""
    (tmp_path / "small").mkdir()
    (tmp_path / "postfix" / "incoming").mkdir(parents=True)
    (tmp_path / "postfix" / "incoming" / "message").write_text("x")
    return tmp_path


def run(command: str, spool: Path) -> None:
    subprocess.run(["/bin/sh", "-c", command.replace("/var/spool", str(spool))], check=True)


def test_there_and_back(spool: Path) -> None:
    """The queue is the same at both places, and nothing is left on the small disk; twice is once."""
    for _ in range(2):
        run(disk.move_command(small=True), spool)
    assert (spool / "postfix").resolve() == spool / "small" / "postfix"
    assert (spool / "postfix" / "incoming" / "message").read_text() == "x"
    for _ in range(2):
        run(disk.move_command(small=False), spool)
    assert not (spool / "postfix").is_symlink()
    assert (spool / "postfix" / "incoming" / "message").read_text() == "x"
    assert list((spool / "small").iterdir()) == []


def test_room_again(spool: Path) -> None:
    """What fills the disk is one file, and it goes."""
    (spool / "small" / "filler").write_text("x")
    for _ in range(2):
        run(disk.empty_command(), spool)
    assert list((spool / "small").iterdir()) == []


def test_words() -> None:
    """A disk is roomy, tight or full."""
    seed = CONFIGURATIONS / "seed"
    assert [Setup(seed, disk=word).small_disk for word in ("roomy", "tight", "full")] == [False, True, True]
    assert Setup(seed, disk="full").overrides == ("disk = full",)
    with pytest.raises(InputError, match="did you mean full"):
        Setup(seed, disk="ful")

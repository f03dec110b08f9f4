import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.engine import cleanup
from postfix_lab.engine.cleanup import Owner, labels, owner


@pytest.fixture
def other() -> Iterator[tuple[subprocess.Popen[str], Owner]]:
    code = "import sys; from postfix_lab.engine.cleanup import owner; print(owner(), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        yield process, Owner(*process.stdout.readline().strip().split(":"))
        process.kill()


def test_this_process_is_alive() -> None:
    """A run never takes its own containers for abandoned."""
    assert owner().has_ended() is False


def test_another_living_process_is_alive(other: tuple[Any, Owner]) -> None:
    """Two runs at once leave each other alone."""
    assert other[1].pid != str(os.getpid())
    assert not other[1].has_ended()


def test_a_killed_process_is_gone_before_it_is_buried(other: tuple[subprocess.Popen[str], Owner]) -> None:
    """After kill -9 the owner may still stand in the process table as a zombie."""
    process, theirs = other
    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert theirs.has_ended() is True


def test_a_process_id_that_is_used_again_is_not_the_owner(other: tuple[Any, Owner]) -> None:
    """The start time tells the new bearer of an id from the old one."""
    assert replace(other[1], start="1").has_ended() is True
    assert other[1].has_ended() is False


def test_another_boot_is_gone_only_on_this_machine() -> None:
    """A remote engine's containers may belong to a living process of another machine."""
    before = replace(owner(), boot="another")
    assert before.has_ended()
    assert not before.has_ended(local=False)


def test_an_owner_that_cannot_be_seen_counts_as_alive() -> None:
    """In another namespace of process ids ours say nothing about theirs."""
    assert replace(owner(), namespace="1", pid="999999999").has_ended() is False


def test_an_owner_that_nobody_can_read_counts_as_alive() -> None:
    """A container without the owner's label is left to `postfix-lab clean`."""
    assert cleanup._parse_owner("").has_ended() is False


def test_labels_name_lab_run_owner_and_folder() -> None:
    """The label of the owner can be read back."""
    said = labels("0a1b")
    assert (said["postfix-lab"], said["postfix-lab.run"]) == ("1", "0a1b")
    assert cleanup._parse_owner(said["postfix-lab.owner"]) == owner()
    assert said["postfix-lab.folder"] == str(Path.cwd())

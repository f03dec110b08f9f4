"""What is kept of earlier runs."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from postfix_lab.pytest_plugin.process_lab import _KEPT, begin_run_folder, remove_old_runs

GONE = 4_194_305
"""No process has such an id: it is above what the kernel gives."""


def test_only_the_last_runs_are_kept(tmp_path: Path) -> None:
    """The oldest evidence goes when a run is over; what is no run is left alone."""
    for number in range(_KEPT + 3):
        (tmp_path / f"run-20260101-0000{number:02}-1").mkdir()
    (tmp_path / "mine").mkdir()
    remove_old_runs(tmp_path)
    left = sorted(path.name for path in tmp_path.iterdir())
    assert len(left) == 1 + _KEPT
    assert left[0] == "mine"
    assert left[1] == "run-20260101-000003-1"


def test_what_a_killed_run_left_half_written_goes(tmp_path: Path) -> None:
    """A folder that a living process is writing stays."""
    run = tmp_path / "run-20260101-000000-1"
    for owner in (GONE, os.getpid()):
        (run / f".scenario.new-{owner}").mkdir(parents=True)
        (tmp_path / f".latest-{owner}").symlink_to(run)
    remove_old_runs(tmp_path)
    assert [path.name for path in run.iterdir()] == [f".scenario.new-{os.getpid()}"]
    assert [path.name for path in tmp_path.glob(".latest-*")] == [f".latest-{os.getpid()}"]


def test_workers_that_begin_a_run_at_once_do_not_meet(tmp_path: Path) -> None:
    """Each worker of a parallel run finds the folder made and `latest` pointing to it, whoever came first."""
    for number in range(3 * _KEPT):
        for name in "abcdefgh":
            (tmp_path / f"run-20260101-0000{number:02}-1" / name).mkdir(parents=True)

    def work(stamp: str) -> tuple[bool, str]:
        begin_run_folder(tmp_path, stamp)
        return (tmp_path / stamp).is_dir(), str((tmp_path / "latest").readlink())

    for stamp in (f"run-20270101-0000{number:02}-1" for number in range(8)):
        with ThreadPoolExecutor(8) as workers:
            assert set(workers.map(work, [stamp] * 8)) == {(True, stamp)}

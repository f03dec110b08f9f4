"""Several labs side by side give the same verdicts as one."""

from __future__ import annotations

from pathlib import Path

from postfix_lab.paths import ROOT
from tests.selftest.command import Command

PART = str(ROOT / "tests" / "scenarios" / "ptr")


def test_four_workers_give_the_verdicts_of_one(tmp_path: Path) -> None:
    """`run -n 4` and `run` tell the same of every scenario: release, chroot, verdict and what it says about it."""
    command = Command(tmp_path)
    alone = _verdicts(command.json("run", PART))
    assert len(alone) > 20
    assert {debian for _, debian, *_ in alone} == {11, 12, 13}
    assert _verdicts(command.json("run", "-n", "4", PART)) == alone


def _verdicts(told: dict) -> list[tuple]:
    assert told["exit_code"] == 0
    rows = told["scenarios"]
    return sorted((row["scenario"], row["debian"], row["chroot"], row["status"], row["note"]) for row in rows)

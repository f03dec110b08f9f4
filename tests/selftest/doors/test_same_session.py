"""The session of which nothing is said ends the same way at every door: Python, YAML, `send`."""

from __future__ import annotations

import json
import shutil
import textwrap
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.paths import CONFIGURATIONS
from tests.selftest.command import Command

MAIN = """
smtpd_sender_restrictions = reject_unknown_sender_domain
"""
PYTHON = """
    from postfix_lab import accepted

    def test_default(lab, remote):
        lab.check(remote("203.0.113.10", name="mail.good.example").send(), accepted())
"""
YAML = """
    schema: postfix-lab/v1
    tests:
      default: {expect: {verdict: accept}}
"""


@pytest.fixture
def typed(tmp_path: Path) -> Command:
    """A folder with a configuration that asks for the sender's domain."""
    shutil.copytree(CONFIGURATIONS / "seed", tmp_path / "etc")
    with (tmp_path / "etc" / "main.cf").open("a") as main:
        main.write(MAIN)
    (tmp_path / "test_default.py").write_text(textwrap.dedent(PYTHON))
    (tmp_path / "default.yaml").write_text(textwrap.dedent(YAML))
    return Command(tmp_path)


def replies(evidence: Any) -> list[tuple[str, int | None]]:
    """Stage and code of each reply."""
    (session,) = evidence["sessions"]
    return [(one["stage"], one["reply"] and one["reply"]["code"]) for one in session["exchanges"]]


def test_default_session(typed: Command) -> None:
    """The same stages with the same codes; the sender's domain exists everywhere."""
    ran = typed("run", "test_default.py", "default.yaml", "--config", "etc", "--debian", "12")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    kept = [json.loads(file.read_text())["evidence"] for file in (typed.folder / ".lab").glob("run-*/*/evidence.json")]
    sent = typed.json("send", "--config", "etc", "--debian", "12")["evidence"]
    assert len(kept) == 2
    assert replies(kept[0]) == replies(kept[1]) == replies(sent)
    assert ["good.example. MX 10 mail.good.example." in seen["lab_records"] for seen in (*kept, sent)] == [True] * 3

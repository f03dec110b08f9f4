"""The shell command about a compiled table, run with a postmap(1) that writes text."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from postfix_lab.fit.index_command import index_command

POSTMAP = """#!/bin/sh
[ "$1" = -s ] && { cat "${2#*:}.db"; exit; }
grep bad "${1#*:}" | sed "s#^#warning: ${1#*:}: #"
cp "${1#*:}" "${1#*:}.db"
"""


@pytest.mark.parametrize(
    "source, index, newer, said",
    [("b\na\n", "a\nb\n", False, ""), ("a\n", "b\n", True, ""), ("bad\n", "bad\n", False, "warning: {}: bad\n")],
)
def test_index_command(tmp_path: Path, source: str, index: str, newer: bool, said: str) -> None:
    """Where source and index say the same the order is nothing; else the source becomes the newer file."""
    (tmp_path / "postmap").write_text(POSTMAP)
    (tmp_path / "postmap").chmod(0o755)
    table, compiled = tmp_path / "a table", tmp_path / "a table.db"
    table.write_text(source)
    compiled.write_text(index)
    os.utime(table, (1000, 1000))
    os.utime(compiled, (1000, 1000))
    command = index_command("postmap", "hash", str(table), str(compiled))
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}
    done = subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=True)
    assert (table.stat().st_mtime > compiled.stat().st_mtime) is newer
    assert done.stdout == said.format(table)
    assert compiled.read_text() == index

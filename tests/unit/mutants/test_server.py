from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.mutants.pure_modules import ROOT

TEST = """
from postfix_lab.text import did_you_mean, shorten

def test_fits():
    assert shorten("four", 4) == "four"

def test_cuts():
    assert shorten("four", 3) != "four"

def test_another_function():
    assert did_you_mean("a", ["a"])
"""
TRY = """
import sys
from pathlib import Path
from tests.mutants import server
from tests.mutants.mutation import mutations
from tests.mutants.pure_modules import PACKAGE
sample = [m for m in mutations("text.py", (PACKAGE / "text.py").read_text()) if m.function in ("-", "shorten")]
found = server.Server(sample, 1, lambda line: None).collect_and_try([Path(sys.argv[1])])
noticed = {t.mutation.change: t.test.rpartition("::")[2] for t in found.trials}
print(noticed["len(text) <= width => len(text) < width"], {m.function for m in found.left}, len(found.reach.seconds), found.failed)
"""


def run(file: Path) -> str:
    told = subprocess.run([sys.executable, "-c", TRY, str(file)], cwd=ROOT, capture_output=True, text=True, check=False)
    return told.stdout.rstrip().rpartition("\n")[2]


def test_mutants_are_tried_with_the_tests_that_reach_them(tmp_path: Path) -> None:
    """The test that fails is named; a constant of the module is left to be imported."""
    (tmp_path / "test_it.py").write_text(TEST)
    assert run(tmp_path / "test_it.py") == "test_fits {'-'} 3 []"

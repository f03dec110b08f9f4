from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import trial
from tests.mutants.mutation import Mutation
from tests.mutants.pure_modules import PACKAGE, ROOT
from tests.mutants.trial import Stage


def touch(unit: Path, *names: str) -> None:
    for name in names:
        (unit / name).parent.mkdir(parents=True, exist_ok=True)
        (unit / name).touch()


def test_the_nearest_tests_come_first(tmp_path: Path) -> None:
    """Those at the module's path, then those of its room, then those of the other rooms that are pure."""
    touch(tmp_path, "dns/test_b.py", "dns/test_b_more.py", "dns/c/test_b.py", "dns/test_d.py", "smtp/test_b.py", "engine/test_b.py", "test_text.py", "dns/b.py")
    found = [(stage.name, [str(test.relative_to(tmp_path)) for test in tests]) for stage, tests in trial.stages("dns/b.py", tmp_path)]
    assert found == [
        ("file", ["dns/test_b.py", "dns/test_b_more.py"]),
        ("package", ["dns/c/test_b.py", "dns/test_d.py"]),
        ("all", ["smtp/test_b.py", "test_text.py"]),
    ]


def test_a_stage_without_tests_is_none(tmp_path: Path) -> None:
    """A module without tests at its path is tried by the others at once."""
    touch(tmp_path, "smtp/test_b.py")
    assert [stage for stage, _ in trial.stages("dns/b.py", tmp_path)] == [Stage.all]


@pytest.mark.parametrize(
    "passed, noticed_by", [([False], "file"), ([True, False, False], "all"), ([True, False, True], ""), ([True, True], "")]
)
def test_what_notices(monkeypatch: pytest.MonkeyPatch, passed: list[bool], noticed_by: str) -> None:
    """The first part that fails; the last one has to fail twice, since a test of it may fail by chance."""
    results = iter(passed)
    monkeypatch.setattr(trial, "stages", lambda _: [(Stage.file, []), (Stage.all, [])])
    monkeypatch.setattr(trial, "passes", lambda *_: next(results))
    assert trial.try_mutation(Mutation("a.py", 0, 1, "f", "1 => 2")).noticed_by == noticed_by
    assert list(results) == []


BODIES = {
    "assert shorten('four', 4) == 'four'": False,
    "assert shorten('four', 5) == 'four'": True,
    "while shorten('four', 4) != 'four': pass": False,
}
"""What a test does, and whether it passes with a `shorten` that cuts what just fits."""
AFRESH = """
import sys
from pathlib import Path
from tests.mutants import trial
from tests.mutants.mutation import mutations
trial.PROCESSOR_SECONDS = 2
source = (trial.PACKAGE / "text.py").read_text()
mutation = next(m for m in mutations("text.py", source) if m.change == "len(text) <= width => len(text) < width")
print([trial.passes(mutation, [Path(test)]) for test in sys.argv[1:]])
"""


def test_a_mutant_is_noticed(tmp_path: Path) -> None:
    """By a test that fails and by one that never ends; the module's file is not touched."""
    for number, body in enumerate(BODIES):
        test = f"from postfix_lab.text import shorten\ndef test_it():\n    {body}\n"
        (tmp_path / f"test_{number}.py").write_text(test)
    before = (PACKAGE / "text.py").read_bytes()
    tests = [str(test) for test in sorted(tmp_path.glob("*.py"))]
    told = subprocess.run([sys.executable, "-c", AFRESH, *tests], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == f"{list(BODIES.values())}\n"
    assert (PACKAGE / "text.py").read_bytes() == before

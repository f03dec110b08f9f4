"""The program that goes down the control stream, given to a real Python as a container gets it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab.engine.program import Program


@pytest.fixture
def code(tmp_path: Path) -> Program:
    """A small package with something beside it that is no code."""
    package = tmp_path / "near" / "greeting"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "words.py").write_text('HELLO = "hello"\n')
    (package / "main.py").write_text(
        "import sys\nfrom greeting.words import HELLO\nif __name__ == '__main__':\n    print(HELLO, sys.stdin.readline())\n"
    )
    (package / "secret.txt").write_text("stays here")
    return Program(package, "greeting.main", str(tmp_path / "far"), "-uIS")


def run(code: Program, octets: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, *code.command[1:]], input=octets, capture_output=True, check=False)


def test_what_follows_the_program_is_left_to_the_program(code: Program) -> None:
    """The first request may be on its way before the program runs."""
    done = run(code, code.pack() + b"world\n")
    assert (done.stdout, done.stderr) == (b"hello world\n\n", b"")


def test_nothing_but_code_is_sent(code: Program, tmp_path: Path) -> None:
    """What lies beside the modules stays where it is; each of them goes along as it stands and compiled."""
    run(code, code.pack())
    sent = zipfile.ZipFile(tmp_path / "far" / "program.zip").namelist()
    modules = [f"greeting/{name}.py" for name in ("__init__", "main", "words")]
    assert sorted(sent) == sorted([*modules, *(f"{module}c" for module in modules)])


def test_only_parts_are_sent(code: Program, tmp_path: Path) -> None:
    """A package may hold more than the program needs."""
    run(replace(code, parts=("words.py",)), replace(code, parts=("words.py",)).pack())
    assert zipfile.ZipFile(tmp_path / "far" / "program.zip").namelist() == ["greeting/words.py", "greeting/words.pyc"]


def test_another_python_compiles_for_itself(code: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mail host has its release's own Python, which does not take this one's bytecode."""
    monkeypatch.setattr("postfix_lab.engine.program._TRUSTED", bytes(16))
    done = run(code, code.pack() + b"world\n")
    assert (done.stdout, done.stderr) == (b"hello world\n\n", b"")


def test_a_mistake_is_told_with_its_line(code: Program) -> None:
    """What a container says last has the source in it, as anywhere else."""
    (code.source / "words.py").write_text("HELLO = 1 / 0  # the mistake\n")
    assert b"HELLO = 1 / 0  # the mistake" in run(code, code.pack()).stderr


def test_a_program_that_does_not_arrive_is_said(code: Program) -> None:
    """A line that breaks in the middle ends the process with a sentence."""
    done = run(code, code.pack()[:-1])
    assert done.returncode == 1
    assert b"the program did not arrive" in done.stderr

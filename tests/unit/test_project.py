"""What the project promises of itself: its targets, its pins, and that no host name is written down."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_lists_every_target() -> None:
    """A target that nobody can find does not exist."""
    phony = re.search(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    listed = re.findall(r"^  make (\S+) +\S", make("help").stdout, re.MULTILINE)
    assert listed == phony[1].split()


def test_an_unknown_engine_is_refused_by_make() -> None:
    """The sentence names the engines that there are, and the status is 2."""
    refused = make("help", "ENGINE=lxc")
    assert refused.returncode == 2
    assert "ENGINE=docker or ENGINE=podman" in refused.stderr


def test_every_dependency_is_pinned() -> None:
    """What pyproject.toml asks for has its exact version in constraints.txt."""
    extras = PROJECT["project"]["optional-dependencies"]
    asked = [*PROJECT["project"]["dependencies"], *extras["dev"], *extras["figures"], "setuptools"]
    pinned = re.findall(r"^([\w.-]+)==[\w.]+$", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    assert {re.split(r"[>=]", name)[0].lower() for name in asked} <= {name.lower() for name in pinned}


def test_constraints_hold_nothing_but_pins() -> None:
    """No address of an index, no path, no range."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[\w.-]+==[\w.]+", line)] == []


@pytest.mark.parametrize("folder", [".ci", "containers", "lab"])
def test_no_mirror_and_no_registry_is_named(folder: str) -> None:
    """Mirrors and registries are found while running."""
    named = re.compile(r"https?://(?!no-color|json-schema)[a-z0-9]|debian\.org|quay\.io|ghcr\.io|registry-1", re.IGNORECASE)
    files = [file for file in (ROOT / folder).rglob("*") if file.is_file() and "__pycache__" not in file.parts]
    assert files
    assert [str(file) for file in files if named.search(file.read_text(errors="replace"))] == []


def test_every_lint_exception_has_its_reason() -> None:
    """A rule that is switched off says why, on its own line."""
    text = (ROOT / "pyproject.toml").read_text()
    section = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.pydocstyle]")]
    rules = [line for line in section.splitlines() if re.match(r'  "[A-Z]+\d*",', line)]
    assert len(rules) > 10
    assert [line for line in rules if not re.search(r"# \w", line)] == []


def test_every_test_says_what_it_shows() -> None:
    """Each test function has a docstring of one sentence."""
    trees = {file: ast.parse(file.read_text()) for file in (ROOT / "tests").rglob("test_*.py")}
    tests = [
        (file.name, node)
        for file, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert tests
    assert [f"{name}::{test.name}" for name, test in tests if not ast.get_docstring(test)] == []


def test_the_distribution_has_one_package() -> None:
    """What is installed is `postfix_lab` alone: other projects have a package `lab`, and the lab's modules are not in it."""
    source = ROOT / PROJECT["tool"]["setuptools"]["package-dir"][""]
    there = {path.name for path in source.iterdir() if path.is_dir() and not path.name.endswith((".egg-info", "__pycache__"))}
    assert there == {"postfix_lab"}
    done = subprocess.run([sys.executable, "-c", "import lab.errors"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "ModuleNotFoundError: No module named 'lab.errors'" in done.stderr

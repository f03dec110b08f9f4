"""Knowledge does no I/O, and reading YAML knows no Postfix: import contracts see modules, these tests see names."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from postfix_lab.paths import PACKAGE

ROOMS = ("dns", "smtp", "postfix", "fit")
MODULES = frozenset({
    "asyncio", "datetime", "fcntl", "glob", "io", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
    "shutil", "signal", "socket", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "trustme",
})  # fmt: skip
OWN = ("postfix_lab.certificates", "postfix_lab.paths")
"""The package's own modules that open files and make keys."""
BUILTINS = frozenset({"open", "input", "print", "exec", "eval", "__import__"})
FOREIGN = {"dns": ("smtp", "postfix"), "smtp": ("dns", "postfix"), "postfix": (), "fit": ()}
"""What each room must not know of the others; Postfix's knowledge, and what is made of it, may rest on SMTP's and DNS's."""


def impurities(tree: ast.AST) -> Iterator[str]:
    """Each use of a module or function that reads a clock, a file, a socket or the environment."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {a.name}" for a in node.names if a.name.partition(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and ((node.module or "").partition(".")[0] in MODULES or node.module in OWN):
            yield f"from {node.module} import"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in BUILTINS:
            yield f"{node.func.id}()"


def files(room: str) -> list[Path]:
    found = sorted((PACKAGE / room).rglob("*.py"))
    assert len(found) > 5
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_knowledge_does_no_io(room: str) -> None:
    """No module of these packages can open a file, start a process, read a clock or the environment."""
    assert [f"{file.name}: {what}" for file in files(room) for what in impurities(ast.parse(file.read_text()))] == []


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_do_not_know_each_other(room: str) -> None:
    """DNS and SMTP know nothing of each other or of Postfix."""
    foreign = tuple(f"postfix_lab.{other}" for other in FOREIGN[room])
    found = [
        f"{file.name}: {node.module}"
        for file in files(room)
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and foreign and (node.module or "").startswith(foreign)
    ]
    assert found == []


READ = ("postfix_lab.yaml.read", "postfix_lab.errors", "postfix_lab.paths", "postfix_lab.text")
"""All of the package that the read phase of YAML may know."""


def test_reading_yaml_knows_no_postfix() -> None:
    """No module of the read phase imports knowledge of mail, and none of it is loaded with them."""
    script = """
import importlib, pkgutil, sys, postfix_lab.yaml.read as phase
for module in pkgutil.iter_modules(phase.__path__):
    importlib.import_module(f"{phase.__name__}.{module.name}")
print(*sorted(name for name in sys.modules if name.startswith("postfix_lab.")))
"""
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60).stdout.split()
    assert {f"postfix_lab.yaml.read.{file.stem}" for file in files("yaml/read") if file.stem != "__init__"} <= set(loaded)
    assert [name for name in loaded if not name.startswith(READ) and name != "postfix_lab.yaml"] == []


@pytest.mark.parametrize("file", files("yaml/read"), ids=lambda file: file.name)
def test_the_read_phase_imports_nothing_else(file: Path) -> None:
    """Also inside functions and for type checkers."""
    found = [node.module or "" for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom)]
    assert [name for name in found if name.startswith("postfix_lab") and not name.startswith(READ)] == []


@pytest.mark.parametrize(
    "source", ["import time", "from os import path", "import os.path", "open('x')", "from pathlib import Path", "from postfix_lab.paths import read_limited"]
)
def test_an_impurity_is_found(source: str) -> None:
    """The test above would see it."""
    assert len(list(impurities(ast.parse(source)))) == 1

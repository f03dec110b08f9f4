"""tests/unit has the tests of a module at the module's own path: `postfix_lab/a/b.py` is tested by `tests/unit/a/test_b.py`."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.pure_modules import PACKAGE, ROOT, pure_modules

UNIT = ROOT / "tests" / "unit"
CROSS_CUTTING = {
    "hostile": "what reads what strangers write, for a moment of `make fuzz`",
    "mutants": "the runner of `make mutants`, which is no part of the package",
    "postfix/log/test_log_lines.py": "the lines of every program of Postfix, from samples of three releases",
    "test_calendar.py": "nothing depends on the day that it is",
    "test_docs.py": "the documents",
    "test_keywords.py": "the keywords of a setup, at every door",
    "test_late_imports.py": "every import inside a function, and docs/startup.md",
    "test_mirror.py": "the folder of unit tests itself",
    "test_project.py": "the Makefile, pins and lint rules",
    "test_promises.py": "docs/promises.md",
    "test_public_names.py": "what the package exports",
    "test_purity.py": "every module of dns, smtp, postfix, fit and yaml/read",
}
"""Files and folders of tests that belong to no single module, with the reason."""
DECLARATIONS = "only declares values: tested where they are used"
NAMES = "only gives names of its modules to the outside"
WITHOUT_TESTS = {
    "audit/__init__.py": NAMES,
    "audit/examined.py": DECLARATIONS,
    "evidence/mail_host_facts.py": DECLARATIONS,
    "postfix/log/__init__.py": NAMES,
    "postfix/log/master_events.py": DECLARATIONS,
    "postfix/log/syslog.py": DECLARATIONS,
    "postfix/restrictions/__init__.py": NAMES,
    "verdict/checks/__init__.py": NAMES,
    "yaml/__init__.py": NAMES,
    "yaml/bind/__init__.py": NAMES,
    "yaml/read/__init__.py": NAMES,
    "yaml/vocabulary/__init__.py": NAMES,
    "yaml/write/__init__.py": NAMES,
}
"""Pure modules without a test at their path, with the reason. This list may only become shorter."""


def _files() -> list[Path]:
    return [test.relative_to(UNIT) for test in sorted(UNIT.rglob("test_*.py"))]


def module_of(test: Path) -> Path | None:
    """What a file of tests stands for: a module, or a package by its own name; `test_zone_properties.py` is a part of zone's."""
    words = test.stem.removeprefix("test_").split("_")
    for count in range(len(words), 0, -1):
        module = test.parent / ("_".join(words[:count]) + ".py")
        if (PACKAGE / module).is_file():
            return module
    package = test.parent / "__init__.py"
    return package if test.parent.name == "_".join(words) and (PACKAGE / package).is_file() else None


@pytest.mark.parametrize("test", _files(), ids=str)
def test_each_file_of_tests_stands_at_a_module(test: Path) -> None:
    """Or it is one of the few that are about everything, and says why."""
    listed = [name for name in CROSS_CUTTING if test.is_relative_to(name)]
    assert (module_of(test) is not None) != bool(listed), f"tests/unit/{test} stands at the path of no module, or is listed without need"


def test_what_is_listed_exists() -> None:
    """A reason for a file that is gone is no reason."""
    assert [name for name in CROSS_CUTTING if not (UNIT / name).exists()] == []


def test_each_pure_module_has_tests_at_its_path() -> None:
    """But for those that are listed; one that has tests by now is taken off the list."""
    tested = {str(module_of(test)) for test in _files()}
    lacking = [module for module in pure_modules() if module not in tested]
    assert lacking == sorted(WITHOUT_TESTS)


def _statements(module: str, reason: str) -> list[str]:
    """Return what a module does beyond its reason: beside imports, docstrings and names, or in classes that have more than fields."""
    tree = ast.parse((PACKAGE / module).read_text())
    plain = (ast.Import, ast.ImportFrom, ast.Expr, ast.Assign, ast.AnnAssign, *([ast.ClassDef] if reason == DECLARATIONS else []))
    inner = (*_FUNCTIONS, ast.Lambda, ast.Compare, ast.BoolOp, ast.If, ast.comprehension)
    odd = [node for node in tree.body if not isinstance(node, plain)]
    return [ast.unparse(node) for node in (*odd, *(node for node in ast.walk(tree) if isinstance(node, inner)))]


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.mark.parametrize("module, reason", WITHOUT_TESTS.items())
def test_a_module_without_tests_has_nothing_to_be_tested(module: str, reason: str) -> None:
    """It has no function, no condition and no comparison of its own."""
    assert _statements(module, reason) == []


DOORS = ("cli",)
"""Packages whose modules are called as the command that they open, which may be the name of another module."""


def test_a_file_name_stands_for_one_thing() -> None:
    """No two modules have one name, but for a command's module."""
    names = [p.name for p in PACKAGE.rglob("*.py") if p.parent.name not in DOORS and p.name != "__init__.py"]
    assert sorted(name for name, count in Counter(names).items() if count > 1) == []


def test_a_class_name_stands_for_one_thing() -> None:
    """No two classes of the package have one name."""
    trees = (ast.parse(path.read_text()) for path in PACKAGE.rglob("*.py"))
    names = [node.name for tree in trees for node in tree.body if isinstance(node, ast.ClassDef)]
    assert sorted(name for name, count in Counter(names).items() if count > 1) == []

"""Imports stand at the top of a module; docs/startup.md lists those inside functions, each with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.startup import PIECES
from postfix_lab.paths import ROOT

PACKAGE = ROOT / "lab" / "postfix_lab"
PAGE = ROOT / "docs" / "startup.md"
ROW = re.compile(r"\| `([\w/]+\.py)` \| `(\w+)` \| ([^|]+) \| ([^|]+) \|")
"""A row of the table: module, function, what it imports, the reason."""


def late_imports(tree: ast.AST, function: str = "") -> Iterator[tuple[str, str]]:
    """Each import inside a function: the innermost function, and what it imports; calls of `import_module` as well."""
    for node in ast.iter_child_nodes(tree):
        inner = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if function and isinstance(node, ast.Import | ast.ImportFrom):
            yield function, getattr(node, "module", None) or node.names[0].name
        elif function and isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            yield function, "import_module"
        yield from late_imports(node, inner)


def listed() -> dict[tuple[str, str], tuple[str, str]]:
    return {(module, function): (what, why) for module, function, what, why in ROW.findall(PAGE.read_text("utf-8"))}


def test_every_import_inside_a_function_is_listed() -> None:
    """Not one more than the page has, and none that the page has and the code no longer has."""
    modules = {path: ast.parse(path.read_text("utf-8")) for path in sorted(PACKAGE.rglob("*.py"))}
    found = [(str(path.relative_to(PACKAGE)), *late) for path, tree in modules.items() for late in late_imports(tree)]
    assert {(module, function) for module, function, _ in found} == set(listed())
    for module, function, what in found:
        name = what.removeprefix("postfix_lab.")
        assert what == "import_module" or f"`{name}`" in listed()[module, function][0], f"{module}: {what}"


def test_every_one_has_a_reason() -> None:
    """A sentence, with what was measured or what cannot be had otherwise."""
    assert [place for place, (_, why) in listed().items() if len(why.split()) < 5] == []


@pytest.mark.parametrize(
    "source, found",
    [
        ("import os\nclass A:\n    import re", []),
        ("def f():\n    import os", [("f", "os")]),
        ("class A:\n    async def f(self):\n        with b:\n            from c.d import e", [("f", "c.d")]),
        ("def f():\n    def g():\n        import h", [("g", "h")]),
        ("def f():\n    return importlib.import_module('x')", [("f", "import_module")]),
    ],
)
def test_what_counts(source: str, found: list[tuple[str, str]]) -> None:
    """Imports in functions and methods, however deep; not those of a class's body."""
    assert list(late_imports(ast.parse(source))) == found


@pytest.mark.parametrize("name", PIECES)
def test_the_measurement_still_fits_the_code(name: str) -> None:
    """`python -m bench.startup` takes each piece out of the package by edits, each of which has its one place."""
    for edit in PIECES[name].without:
        text = (Path(PACKAGE) / edit.file).read_text("utf-8")
        compile(edit.applied(text), edit.file, "exec")

"""The rules of practice as a package."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import iter_modules

from postfix_lab.audit import practice
from postfix_lab.audit.practice import lint


def test_no_rule_is_forgotten() -> None:
    """Each module but `lint` is one, and `lint` asks it."""
    rules = [found.name for found in iter_modules(practice.__path__) if found.name != "lint"]
    asked = inspect.getsource(lint.judge)
    assert [name for name in rules if f"{name}.judge(" not in asked] == []
    assert all(callable(import_module(f"{practice.__name__}.{name}").judge) for name in rules)

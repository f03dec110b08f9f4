"""Lint of practice: settings that Postfix runs with, and that an experienced admin would not leave as they are.

Each module is pure and yields one kind of finding, whose reason is in docs/findings.md. `lint.py` calls all of them.
"""

"""The command `postfix-lab`: a command-line interface to the same functions as the pytest plugin.

`door.py` has the group and the entry point. Each family of commands is a module that is imported only when one
of its commands is used, to keep the start of the process short.
"""

from __future__ import annotations

from postfix_lab.cli.door import cli, main

__all__ = ["cli", "main"]

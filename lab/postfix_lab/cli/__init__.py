"""The command `postfix-lab`: a thin door to the same rooms as the pytest plugin.

`door.py` has the group and the entry point; each family of commands is a module, imported when one of
its commands is typed, because the start of a process is part of what a user waits for.
"""

from __future__ import annotations

from postfix_lab.cli.door import cli, main

__all__ = ["cli", "main"]

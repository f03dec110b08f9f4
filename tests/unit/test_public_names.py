"""The names of `import lab` are what it says they are."""

from __future__ import annotations

import subprocess
import sys

import postfix_lab


def test_every_name_is_there() -> None:
    """`__all__`, the rooms that names come from, and what can be imported are the same."""
    assert set(postfix_lab.__all__) == set(postfix_lab._HOME)
    assert all(getattr(postfix_lab, name) is not None for name in postfix_lab.__all__)


def test_importing_the_plugin_does_not_import_the_engines_libraries() -> None:
    """Whoever runs other tests beside the lab's does not pay for Docker's client."""
    program = "import sys, postfix_lab.pytest_plugin; print([m for m in ('docker', 'testcontainers', 'cattrs') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"

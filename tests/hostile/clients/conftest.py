"""The client of these scenarios: well set up, and permitted by nobody in particular; all that is wrong is what it says."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Remote


@pytest.fixture
def client(remote: MakeRemote) -> Remote:
    """The host mail.good.example at 203.0.113.10; without further words it sends from ann@good.example to bob@lab.test."""
    return remote("203.0.113.10", name="mail.good.example")

"""A client that nobody has anything against, and what the mail host's own trouble is called."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Remote


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """The host mail.good.example at 203.0.113.10."""
    return remote("203.0.113.10", name="mail.good.example")

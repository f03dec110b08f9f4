"""The client of the submission scenarios."""

from __future__ import annotations

import pytest

from postfix_lab import MakeRemote, Ptr, Remote


@pytest.fixture
def laptop(remote: MakeRemote) -> Remote:
    """A client without a PTR record, which port 25 would refuse."""
    return remote("198.51.100.77", ptr=Ptr.missing(), helo="laptop")

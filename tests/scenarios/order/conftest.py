"""A domain that fails SPF whoever uses it, for every scenario about the order of restrictions."""

from __future__ import annotations

import pytest

from postfix_lab import Dns


@pytest.fixture(autouse=True)
def nobody_may_send(dns: Dns) -> None:
    """`nobody.example` says of itself that it sends no mail."""
    dns.zone('@ TXT "v=spf1 -all"\n', origin="nobody.example")

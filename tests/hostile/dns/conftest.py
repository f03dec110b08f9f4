"""The sender of the DNS scenarios: well set up, and permitted by the SPF record of its domain, which rests on MX and A."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, MakeRemote, Remote


@pytest.fixture
def sender(dns: Dns, remote: MakeRemote) -> Remote:
    """The host mail.good.example at 203.0.113.10; what it sends without further words is from ann@good.example."""
    dns.zone('@ MX 10 mail\n  TXT "v=spf1 mx -all"\n', origin="good.example")
    return remote("203.0.113.10", name="mail.good.example")

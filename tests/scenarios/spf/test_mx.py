"""`v=spf1 mx -all`, the record of a one-host domain: whoever receives for it may send for it, nobody else."""

from __future__ import annotations

import pytest

from lab import MakeRemote, Scene, accepted, asked_in_order, delivered, logged, received_spf, refused

RECORD = """
@     MX   10 mail
      TXT  "v=spf1 mx -all"
mail  A    203.0.113.10
      AAAA 2001:db8:113::10
"""


@pytest.fixture(autouse=True)
def _good_example(dns) -> None:
    dns.zone(RECORD, origin="good.example")

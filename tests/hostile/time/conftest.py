"""The far domain, whose MTA the mail host sends to or asks, and which changes its mind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from postfix_lab import Behaviour, Dns, Host, Scene

PEER = "203.0.113.61"
FarMta = Callable[[Behaviour | None], None]


@pytest.fixture
def far_mta(lab: Scene, dns: Dns) -> FarMta:
    """Has the MTA of far.example behave so from now on, or not answer at all."""
    dns.zone(f"@ MX 10 mx\nmx A {PEER}", origin="far.example")

    def behave(behaviour: Behaviour | None) -> None:
        others = (host for host in lab.world.hosts if PEER not in host.addresses)
        lab.world = replace(lab.world, hosts=(*others, Host(PEER, name="mx.far.example", mta=behaviour)))

    return behave

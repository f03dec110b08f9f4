"""Zones of the domains that the mail host's configuration takes mail for; every world has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from postfix_lab.dns.zone import ZoneText
from postfix_lab.scenario.world import Host, World

if TYPE_CHECKING:
    from postfix_lab.fit.fitted import Fitted
    from postfix_lab.runtime.setup import Setup


def own_domain(setup: Setup) -> str:
    """Return `mydomain` as Postfix has it if it takes mail for it; else the first domain that it takes mail for."""
    return setup.fitted().domain


def own_name(setup: Setup) -> str:
    """Return `myhostname` as Postfix has it."""
    return setup.fitted().hostname


def own_zones(setup: Setup, addresses: Sequence[str]) -> tuple[ZoneText, ...]:
    """Return MX, SPF, address and PTR records of the mail host itself."""
    return zones_of(setup.fitted(), addresses)


def zones_of(fitted: Fitted, addresses: Sequence[str]) -> tuple[ZoneText, ...]:
    """Return the zones of every domain that a fitted configuration takes mail for, and of the host's own name."""
    name = fitted.hostname
    domains = [domain for domain in fitted.domains if domain != name and "." in domain] or [fitted.domain]
    texts = [f'{domain}. 300 IN MX 10 {name}.\n{domain}. 300 IN TXT "v=spf1 mx -all"\n' for domain in domains]
    own = [
        ZoneText(text, source="derived from the mail host", origin=domain, derived=True)
        for domain, text in zip(domains, texts, strict=True)
    ]
    return World(zones=tuple(own), hosts=(Host(tuple(addresses), name=name),)).dns_zones()

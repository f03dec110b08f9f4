"""The mail host's own domain, as its configuration names it: zones that every world has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lab.internet.dns.zone import ZoneText
from lab.mailhost import maincf
from lab.scenario.world import Host, World

if TYPE_CHECKING:
    from lab.mailhost.config import Setup


def own_domain(setup: Setup) -> str:
    """`mydomain` as main.cf sets it, else the parent of `myhostname`, as Postfix derives it."""
    text = setup.files()["/etc/postfix/main.cf"]
    name = maincf.value(text, "myhostname") or "mx.lab.test"
    return maincf.value(text, "mydomain") or name.partition(".")[2]


def own_name(setup: Setup) -> str:
    """`myhostname` as main.cf sets it, else `mx` in its own domain."""
    text = setup.files()["/etc/postfix/main.cf"]
    return maincf.value(text, "myhostname") or f"mx.{own_domain(setup)}"


def own_zones(setup: Setup, addresses: Sequence[str]) -> tuple[ZoneText, ...]:
    """MX, SPF, address and PTR records of the mail host itself, unless the scenario writes them out."""
    domain = own_domain(setup)
    name = own_name(setup)
    text = f'{domain}. 300 IN MX 10 {name}.\n{domain}. 300 IN TXT "v=spf1 mx -all"\n'
    own = ZoneText(text, source="derived from the mail host", origin=domain, derived=True)
    return World(zones=(own,), hosts=(Host(tuple(addresses), name=name),)).dns_zones()

"""Which world the Internet is at the moment, and which one a scenario wants of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.runtime.own_zones import zones_of
from postfix_lab.runtime.peer_orders import peer_orders

if TYPE_CHECKING:
    from postfix_lab.dns.zone import ZoneText
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.scenario.scenario import Scenario
    from postfix_lab.scenario.world import World


class Worlds:
    """Those of one lab."""

    def __init__(self) -> None:
        self._own: dict[MailHost, tuple[Setup, tuple[ZoneText, ...]]] = {}
        self._shown: tuple[World, tuple[str, ...]] | None = None

    @property
    def begun(self) -> bool:
        """Whether there has been one yet."""
        return self._shown is not None

    def for_scenario(self, host: MailHost, scenario: Scenario) -> World:
        """The scenario's own, with its clients, and with the mail host's own domain."""
        clients = [session.client for session in scenario.sessions]
        hosts = dict.fromkeys((*scenario.world.hosts, *clients))
        return replace(scenario.world, hosts=tuple(hosts), zones=(*scenario.world.zones, *self._own_zones(host)))

    @staticmethod
    def answers(world: World) -> tuple[object, ...]:
        """All of a world that an answer of a DNS list rests on; what a listing is, is at 127.0.0.0/8 (RFC 5782)."""
        listings = tuple(host for host in world.hosts if any(a.startswith("127.") for a in host.addresses))
        return world.zones, world.faults, listings

    def show(self, internet: Internet, world: World, resolvers: tuple[str, ...]) -> None:
        """Make the Internet that world; the one that it is already costs a comparison."""
        if (world, resolvers) != self._shown:
            internet.become(world.dns_zones(), world.dns_faults(), peer_orders(world), resolvers)
            self._shown = world, resolvers

    def _own_zones(self, host: MailHost) -> tuple[ZoneText, ...]:
        """The mail host's own domain, worked out once for each setup."""
        known = self._own.get(host)
        if known is None or known[0] is not host.booted:
            known = self._own[host] = host.booted, zones_of(host.fitted(), host.addresses)
        return known[1]

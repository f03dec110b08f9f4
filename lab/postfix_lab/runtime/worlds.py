"""The world that the Internet shows now, and the world that a scenario asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from postfix_lab.inside.internet.protocol import DnsView
from postfix_lab.runtime.own_zones import sender_zones, zones_of
from postfix_lab.runtime.peer_orders import peer_orders

if TYPE_CHECKING:
    from postfix_lab.dns.zone import ZoneText
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.scenario.scenario import Scenario
    from postfix_lab.scenario.world import World


@dataclass(frozen=True)
class WorldView:
    """A world as mail hosts see it, through their resolvers; views that are shown together have the same hosts."""

    world: World
    resolvers: tuple[str, ...]
    clients: tuple[str, ...] = ()
    """The addresses of the mail host that sees it; empty: every one."""


class Worlds:
    """The worlds of one lab."""

    def __init__(self) -> None:
        self._own: dict[MailHost, tuple[Setup, tuple[ZoneText, ...]]] = {}
        self._shown: tuple[WorldView, ...] = ()

    @property
    def has_shown(self) -> bool:
        """Whether the Internet has shown any world yet."""
        return bool(self._shown)

    def for_scenario(self, host: MailHost, scenario: Scenario) -> World:
        """The scenario's world, with its clients as hosts and with what the lab adds for names that nobody gave."""
        clients = [session.client for session in scenario.sessions if not session.local]
        hosts = dict.fromkeys((*scenario.world.hosts, *clients))
        added = (*self._own_zones(host), *sender_zones(scenario)) if host.current_setup.lab_records else ()
        return replace(scenario.world, hosts=tuple(hosts), zones=(*scenario.world.zones, *added))

    @staticmethod
    def dns_list_data(world: World) -> tuple[object, ...]:
        """The parts of a world that decide the answers of DNS lists; hosts in 127.0.0.0/8 are listings (RFC 5782)."""
        listings = tuple(host for host in world.hosts if any(a.startswith("127.") for a in host.addresses))
        return world.zones, world.faults, listings

    def show(self, internet: Internet, views: tuple[WorldView, ...]) -> None:
        """Have the Internet show that world, as these views have it; does nothing if it shows it already."""
        if views != self._shown:
            seen = [DnsView(v.world.dns_zones(), v.world.dns_faults(), v.resolvers, v.clients) for v in views]
            internet.set_world(seen, peer_orders(views[0].world), views[0].world.sink)
            self._shown = views

    def _own_zones(self, host: MailHost) -> tuple[ZoneText, ...]:
        """The zones of the mail host's own domains, computed once for each setup."""
        known = self._own.get(host)
        if known is None or known[0] is not host.current_setup:
            known = self._own[host] = host.current_setup, zones_of(host.fit(), host.addresses)
        return known[1]

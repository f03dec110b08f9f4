"""Shows a scenario's world to mail hosts, holds its sessions with them, and returns what was seen."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.runtime.handed_back import await_handed_back
from postfix_lab.runtime.orders import Relays, session_orders
from postfix_lab.runtime.reachability import close_loopback, open_loopback
from postfix_lab.runtime.submission import submit_all
from postfix_lab.runtime.worlds import Worlds, WorldView
from postfix_lab.scenario.client_address import require_client
from postfix_lab.smtp.dialogue import Auth

if TYPE_CHECKING:
    from postfix_lab.inside.internet.protocol import Sighting
    from postfix_lab.runtime.internet import Internet
    from postfix_lab.runtime.mail_host import MailHost
    from postfix_lab.scenario.scenario import Scenario
    from postfix_lab.scenario.world import World


class Observer:
    """Observes one scenario at a time on the Internet of a lab, which `internet` returns when it is up."""

    def __init__(self, internet: Callable[[], Internet]) -> None:
        self.worlds = Worlds()
        self.lock = threading.RLock()
        """Held while a world is shown: another mail host may be starting, whose canary needs another world."""
        self._internet = internet

    def show(self, world: World, resolvers: tuple[str, ...]) -> None:
        """Have the Internet show that world to every mail host; does nothing if it shows it already."""
        self.show_views(WorldView(world, resolvers))

    def show_views(self, *views: WorldView) -> None:
        """Have the Internet show these worlds, each to its mail host; does nothing if it shows them already."""
        with self.lock:
            self.worlds.show(self._internet(), views)

    def views(self, hosts: Sequence[MailHost], scenario: Scenario) -> tuple[WorldView, ...]:
        """Return the scenario's world as each of these mail hosts sees it; a single one shares it with all others."""
        several = len(hosts) > 1
        return tuple(
            WorldView(
                self.worlds.for_scenario(host, scenario),
                host.current_setup.resolvers,
                host.addresses if several else (),
            )
            for host in hosts
        )

    def observe(
        self, hosts: Sequence[MailHost], scenario: Scenario, limit: float, hurry: float = 0.0
    ) -> tuple[Sighting, ...]:
        """Hold the sessions with each of these mail hosts, side by side; return what was seen of each.

        Raises `InputError` if several are asked and a session of the scenario is not with the mail host itself.
        """
        if len(hosts) > 1:
            _require_own_sessions(scenario)
        authenticates = any(isinstance(s, Auth) for session in scenario.sessions for s in session.dialogue.steps)
        for host in hosts:
            host.wear.unused, host.wear.used = False, True
            host.collaborators.note_clients()
            if authenticates:
                host.collaborators.await_ready()
        own = tuple(address for host in hosts for address in host.addresses)
        for session in scenario.sessions:
            if not session.local:
                require_client(session.address, own)
        with self.lock, _relays(hosts, scenario) as relays:
            parts = [session_orders(scenario, host.address_for, relays[host]) for host in hosts]
            self.show_views(*self.views(hosts, scenario))
            turns, places = scenario.in_turn, scenario.at_once
            for host in hosts:
                host.collaborators.forget_requests()
            seen = self._internet().run(parts, limit, in_turn=turns, at_once=places, hurry=hurry)
            seen = await_handed_back(self._internet(), hosts, seen, limit)
            seen = submit_all(hosts, self._internet(), scenario.submissions, seen, limit)
        each = [seen] if len(hosts) == 1 else [seen.of_mail_host(host.addresses) for host in hosts]
        return tuple(_with_failure(host, sighting) for host, sighting in zip(hosts, each, strict=True))


@contextlib.contextmanager
def _relays(hosts: Sequence[MailHost], scenario: Scenario) -> Iterator[dict[MailHost, Relays]]:
    """Keep the relays into the loopback of each mail host open, where the scenario has clients on the mail host."""
    if not any(session.local for session in scenario.sessions):
        yield {host: {} for host in hosts}
        return
    try:
        yield {host: open_loopback(host, scenario) for host in hosts}
    finally:
        for host in hosts:
            close_loopback(host)


def _with_failure(host: MailHost, sighting: Sighting) -> Sighting:
    """Return the sighting; if Postfix is dead, with a sentence about it."""
    if sighting.doubtful and (failure := host.failure()):
        return replace(sighting, trouble=(*sighting.trouble, failure))
    return sighting


def _require_own_sessions(scenario: Scenario) -> None:
    """Raise `InputError` for a session with a remote MTA, which forwards to one mail host only."""
    others = [session.server for session in scenario.sessions if session.server]
    others += [host.own_name for host in scenario.world.hosts if host.mta and host.mta.forward_to]
    if others:
        raise InputError(
            f"{scenario.name} cannot run against several mail hosts at the same time: {others[0]} forwards to one of "
            "them; run it against each by itself"
        )

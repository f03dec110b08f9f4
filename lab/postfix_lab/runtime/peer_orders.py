"""The remote MTAs that a world declares, as orders for the agent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.certificates import key_and_chain
from postfix_lab.inside.internet.protocol import PeerOrder

if TYPE_CHECKING:
    from postfix_lab.scenario.world import World


def peer_orders(world: World) -> list[PeerOrder]:
    """Return an order for each address and port of each host that takes mail, with the key of its certificate."""
    return [
        PeerOrder(address, host.own_name, host.mta, key_and_chain(host.mta.tls, host.own_name), port)
        for host in world.hosts
        if host.mta is not None
        for address in host.addresses
        for port in (*host.mta.ports, *host.mta.tls_ports)
    ]

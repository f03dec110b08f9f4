"""What the agent is asked to do for a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from postfix_lab.addresses import GATEWAY4
from postfix_lab.inside.internet.protocol import SessionOrder
from postfix_lab.scenario.scenario import Scenario, Session

Relays = Mapping[tuple[str, int], int]
"""By address and port on a mail host's loopback: the port of the relay that leads there."""


def session_order(session: Session, server: str, relays: Relays) -> SessionOrder:
    """Return the order to hold that session with that server; `relays`: the ports of the relays into the loopback."""
    relay = relays[session.address, session.port] if session.local else 0
    return SessionOrder(session.address, server, session.dialogue, session.port, session.logged, relay)


def session_orders(
    scenario: Scenario, facing: Callable[[str], str], relays: Relays | None = None
) -> list[SessionOrder]:
    """Return an order for each session; a session that occurs several times has one and the same order.

    `facing` returns the mail host's address for a client's address.
    """
    each = {id(session): session for session in scenario.sessions}
    known = {key: session_order(s, s.server or facing(_toward(s)), relays or {}) for key, s in each.items()}
    return [known[id(session)] for session in scenario.sessions]


def _toward(session: Session) -> str:
    """Return an address of the family in which the server is reached: a relay into the loopback listens on IPv4."""
    return GATEWAY4 if session.local else session.address

"""What the agent is asked to do for a scenario."""

from __future__ import annotations

from collections.abc import Callable

from postfix_lab.inside.internet.protocol import SessionOrder
from postfix_lab.scenario.scenario import Scenario, Session


def session_order(session: Session, server: str) -> SessionOrder:
    """Return the order to hold that session with that server."""
    return SessionOrder(session.address, server, session.dialogue, session.port, session.logged)


def session_orders(scenario: Scenario, facing: Callable[[str], str]) -> list[SessionOrder]:
    """Return an order for each session; a session that occurs several times has one and the same order.

    `facing` returns the mail host's address for a client's address.
    """
    each = {id(session): session for session in scenario.sessions}
    known = {key: session_order(s, s.server or facing(s.address)) for key, s in each.items()}
    return [known[id(session)] for session in scenario.sessions]

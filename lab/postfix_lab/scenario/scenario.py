"""A scenario: the world, and who says what to the mail host in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from postfix_lab.internet.order import SessionOrder
from postfix_lab.scenario.world import Host, World
from postfix_lab.smtp.dialogue import Dialogue


@dataclass(frozen=True)
class Session:
    """A client and its dialogue with one port of the mail host.

    `source` is one of the client's addresses; the first, if none is named.
    """

    client: Host
    dialogue: Dialogue
    port: int = 25
    source: str | None = None
    server: str | None = None
    """Whom it speaks to, where that is not the mail host: an MTA of the world that sends on."""
    logged: bool = True
    """Whether the mail host's log will name it by its address: not where a wire in the mail host hands it on."""

    @property
    def address(self) -> str:
        """The address that the connection comes from."""
        return self.source or self.client.addresses[0]

    def order(self, server: str) -> SessionOrder:
        """What the agent is told, so that it speaks this with that server."""
        return SessionOrder(self.address, server, self.dialogue, self.port, self.logged)


@dataclass(frozen=True)
class Scenario:
    """Sessions in one world, held at the same time unless told otherwise; their clients are part of it."""

    name: str
    sessions: tuple[Session, ...]
    world: World = field(default_factory=World)
    in_turn: bool = False
    """One session after the other: each begins when the one before it is over and logged."""
    replay: str = ""
    """The command that repeats it."""
    at_once: int = 0
    """How many sessions may be open at the same time; 0 is no limit. The log is waited for when all are over."""

    def orders(self, facing: Callable[[str], str]) -> list[SessionOrder]:
        """What the agent is told: an order for each session, one and the same where it is one and the same session.

        `facing` is the mail host's address for a client's.
        """
        each = {id(session): session for session in self.sessions}
        known = {key: s.order(s.server or facing(s.address)) for key, s in each.items()}
        return [known[id(session)] for session in self.sessions]

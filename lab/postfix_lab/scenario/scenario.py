"""A scenario: the world, and who says what to the mail host in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from postfix_lab.scenario.world import Host, World
from postfix_lab.smtp.dialogue import Dialogue


@dataclass(frozen=True)
class Session:
    """A client and its dialogue with one TCP port of the mail host.

    `source` is one of the client's addresses; None: the first.
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


@dataclass(frozen=True)
class Scenario:
    """Sessions in one world, to which their clients belong; they are held at the same time unless `in_turn`."""

    name: str
    sessions: tuple[Session, ...]
    world: World = field(default_factory=World)
    in_turn: bool = False
    """One session after the other: each begins when the one before it is over and logged."""
    replay: str = ""
    """The command that repeats it."""
    at_once: int = 0
    """How many sessions may be open at the same time; 0 is no limit. The log is waited for when all are over."""

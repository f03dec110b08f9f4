"""A scenario: the world, and the sessions with the mail host in it."""

from __future__ import annotations

from dataclasses import dataclass, field

from postfix_lab.errors import InputError
from postfix_lab.scenario.client_address import require_client
from postfix_lab.scenario.world import LOCAL_ADDRESSES, Host, World
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.smtp.sendmail import Submission


@dataclass(frozen=True)
class Session:
    """A client and its dialogue with one TCP port of the mail host.

    `source` is one of the client's addresses; None: the first. Raises `InputError` if no client can have the address.
    """

    client: Host
    dialogue: Dialogue
    port: int = 25
    source: str | None = None
    server: str | None = None
    """The address of the server if it is not the mail host: a remote MTA that forwards."""
    logged: bool = True
    """Whether the mail host logs the session under this address; false if a relay in the mail host forwards it."""

    def __post_init__(self) -> None:
        """Check the address that the connection comes from."""
        if not self.local:
            require_client(self.address)
        elif self.address not in LOCAL_ADDRESSES or self.server:
            wrong = "connect to a remote MTA" if self.server else f"speak from {self.address}"
            raise InputError(f"a client on the mail host itself speaks from its loopback; it cannot {wrong}")

    @property
    def local(self) -> bool:
        """Whether the client is on the mail host itself."""
        return self.client.local

    @property
    def address(self) -> str:
        """The address that the connection comes from."""
        return self.source or self.client.addresses[0]


@dataclass(frozen=True)
class Scenario:
    """Sessions in one world, which includes their clients; they run at the same time unless `in_turn`."""

    name: str
    sessions: tuple[Session, ...]
    world: World = field(default_factory=World)
    in_turn: bool = False
    """Run one session after the other: each starts when the one before has ended and is logged."""
    replay: str = ""
    """The command that repeats it."""
    at_once: int = 0
    """The largest number of open sessions; 0: no limit. The log is waited for when all have ended."""
    submissions: tuple[Submission, ...] = ()
    """Mail that programs on the mail host submit by sendmail(1), in order, after the sessions."""

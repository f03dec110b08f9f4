"""What the agent can be asked by the lab's process: its verbs, declared for both ends."""

from __future__ import annotations

from typing import Literal, Protocol

from postfix_lab.dns.fault import Fault
from postfix_lab.dns.zone import ZoneText
from postfix_lab.inside.internet.protocol import Batch, News, PeerOrder, Rest, RunRequest
from postfix_lab.verbs import Tell, aside

LabService = Literal["dns", "loghost"]
"""A service of the Internet that the lab itself depends on."""


class AgentVerbs(Protocol):
    """The verbs; `Agent` answers, `Internet` asks."""

    async def begin(self) -> None:
        """Return when addresses and log socket are there; `start.py` answers it before the agent is loaded."""

    async def route(self, device: str, addresses: list[str]) -> None:
        """Route the addresses of a mail host to that cable."""

    async def know(self, device: str, addresses: list[str], *, cancels: bool) -> None:
        """Register a mail host with these addresses behind that cable; it logs from the first of them.

        `cancels`: its log reports the end of a message that was never completed.
        """

    async def set_world(
        self, zones: list[ZoneText], faults: list[Fault], peers: list[PeerOrder], resolvers: list[str]
    ) -> None:
        """Replace the whole world: zones, faults, the MTAs that listen, and the resolvers that answer."""

    async def lose(self, service: LabService) -> None:
        """Close that service, as if it had died."""

    async def repair(self, service: LabService) -> None:
        """Open it again."""

    async def run(self, request: RunRequest, tell: Tell[Batch]) -> Rest:
        """Hold the sessions; tell what is seen in batches while they go on, and return the rest."""
        ...

    async def again(self, within: float) -> Rest:
        """Wait until what the last run left in the queue has been tried once more; return all since that run began."""
        ...

    async def barrier(self, token: str, count: int, within: float) -> bool:
        """Wait up to `within` seconds for `count` log lines with that text; whether they arrived."""
        ...

    async def seen(self) -> Rest:
        """What was seen since the last run began or the last `clear`, without waiting."""
        ...

    async def further(self) -> Rest:
        """What was seen since the last run began, by its sessions, without waiting."""
        ...

    async def clear(self) -> None:
        """Forget everything seen so far."""

    @aside
    async def news(self, after: int, within: float) -> list[News]:
        """What was seen after that number; waits up to `within` seconds for the first of it."""
        ...

    async def latest(self) -> int:
        """The number of the newest of the news."""
        ...

    async def note(self, text: str) -> None:
        """Put a remark between the news."""

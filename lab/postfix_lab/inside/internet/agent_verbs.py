"""The verbs of the agent, declared for both ends."""

from __future__ import annotations

from typing import Literal, Protocol

from postfix_lab.inside.internet.protocol import Batch, DnsView, News, PeerOrder, RunEnd, RunRequest
from postfix_lab.smtp.behaviour import Behaviour
from postfix_lab.verbs import Tell, aside

LabService = Literal["dns", "loghost"]
"""A service of the Internet that the lab itself depends on."""


class AgentVerbs(Protocol):
    """The verbs: `Agent` implements them, `Internet` calls them."""

    async def begin(self) -> None:
        """Return when routes and log socket exist; `start.py` answers it before the agent is loaded."""

    async def route(self, device: str, addresses: list[str]) -> None:
        """Route the addresses of a mail host to that cable."""

    async def register(self, device: str, addresses: list[str], *, cancels: bool) -> None:
        """Register a mail host with these addresses behind that cable; it logs from the first of them.

        `cancels`: its log reports the end of a message that was never completed.
        """

    async def set_world(self, views: list[DnsView], peers: list[PeerOrder], sink: Behaviour | None) -> None:
        """Replace the whole world: the views of the DNS, the MTAs that listen, and how the sink answers, if it does."""

    async def lose(self, service: LabService) -> None:
        """Close that service, as if it had died."""

    async def repair(self, service: LabService) -> None:
        """Open that service again."""

    async def run(self, request: RunRequest, tell: Tell[Batch]) -> RunEnd:
        """Hold the sessions; send what is seen in batches meanwhile, and return the last batch with the results."""
        ...

    async def await_retry(self, within: float) -> RunEnd:
        """Wait until all that the last run left in the queue was tried again; return all since that run began."""
        ...

    async def await_rest(self, servers: list[str], within: float) -> RunEnd:
        """Wait until all mail of the last run at these mail hosts is settled; return all since that run began."""
        ...

    async def barrier(self, token: str, count: int, within: float) -> bool:
        """Wait up to `within` seconds for `count` log lines with that text; return whether they came."""
        ...

    async def everything(self) -> RunEnd:
        """Return what was seen since the last run began or the last `clear`, without waiting."""
        ...

    async def run_so_far(self) -> RunEnd:
        """Return what was seen since the last run began, by its sessions, without waiting."""
        ...

    async def clear(self) -> None:
        """Discard everything seen so far."""

    @aside
    async def news(self, after: int, within: float) -> list[News]:
        """Return what was seen after that number; waits up to `within` seconds for the first of it."""
        ...

    async def latest(self) -> int:
        """Return the number of the newest piece of news."""
        ...

    async def note(self, text: str) -> None:
        """Add a remark to the news."""

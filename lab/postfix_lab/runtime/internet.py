"""The Internet as the lab's own process sees it: one container, and the requests to its agent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from postfix_lab.engine.cable import plug
from postfix_lab.inside.internet.agent_verbs import AgentVerbs, LabService
from postfix_lab.inside.internet.protocol import (
    AGENT_SOCKET,
    Batch,
    DnsView,
    News,
    ParsedBatch,
    PeerOrder,
    RunRequest,
    SessionOrder,
    Sighting,
)
from postfix_lab.inside.internet.routes import route_commands
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.serialization import pause_gc
from postfix_lab.smtp.behaviour import ACCEPT, Behaviour
from postfix_lab.verbs import ROWS, verb_of

if TYPE_CHECKING:
    from postfix_lab.engine.container import Container, Containers

P = ParamSpec("P")
R = TypeVar("R")
_SPARE = 10.0
"""Seconds that an answer may take beyond the requested wait."""


class Internet:
    """The fake Internet of a lab: one container with DNS, remote hosts, sink and loghost at every IP address.

    Mail hosts are connected to it by cables, and to nothing else. Tests need `seen`, `barrier`, `clear` and `lose`;
    the other methods are for the lab. All of them raise `LabError` if the container does not answer.
    """

    def __init__(self, containers: Containers) -> None:
        self._containers = containers
        self.container = containers.start(INTERNET)
        self._ask(AgentVerbs.begin)()
        self._near = False
        self._lost: set[LabService] = set()

    def plug(self, mail_host: Container, addresses: Sequence[str]) -> None:
        """Connect a mail host and give it these addresses; works before the agent has started."""
        device = _cable(addresses)
        if not plug(self._containers, self.container, mail_host, device, addresses, route_commands(device, addresses)):
            self._ask(AgentVerbs.route)(device, list(addresses))

    def register(self, addresses: Sequence[str], *, cancels: bool = False) -> None:
        """Register a mail host with these addresses with the agent.

        `cancels`: its log reports the end of a message that was never completed, and a run waits for that.
        """
        self._ask(AgentVerbs.register)(_cable(addresses), list(addresses), cancels=cancels)
        if not self._near:  # Now that the agent has answered, its socket is there.
            self._near = True
            self.container.use_direct_socket(AGENT_SOCKET)

    def set_world(self, views: Iterable[DnsView], peers: Iterable[PeerOrder], sink: Behaviour | None = ACCEPT) -> None:
        """Replace the views of the DNS, the MTAs that listen, and the sink's behaviour, all at once."""
        self._ask(AgentVerbs.set_world)(list(views), list(peers), sink)

    def run(
        self,
        sessions: Sequence[Sequence[SessionOrder]],
        limit: float = 30.0,
        *,
        in_turn: bool = False,
        at_once: int = 0,
        hurry: float = 0.0,
    ) -> Sighting:
        """Hold these sessions, given for each mail host; return all that was seen.

        Each mail host has all of its sessions at the same time, or `at_once` of them, or one after the other.
        Returns when the log reports the end of each: disconnected, and every accepted message delivered,
        deferred or bounced. What took longer than `limit` seconds is named in `trouble` instead. With `hurry`,
        the limit is that many seconds once the log reports a dead daemon of the mail host, and earlier log lines
        count too: they are not cleared.
        """
        # Sessions at once share the wait for their replies, but the end of each one's log is waited for by itself.
        count = sum(map(len, sessions))
        longest = limit * (2 * count if in_turn or at_once else count + 2) + _SPARE
        each = {id(order): order for part in sessions for order in part}
        number = {key: place for place, key in enumerate(each)}
        numbers = tuple(tuple(number[id(order)] for order in part) for part in sessions)
        request = RunRequest(tuple(each.values()), numbers, limit, in_turn, at_once, hurry)
        parsed: list[ParsedBatch] = []

        def parse(batch: Batch) -> None:  # During the sessions, so that little is left to parse at the end.
            parsed.append(ParsedBatch.of(batch))

        with pause_gc():
            return self._ask(AgentVerbs.run, longest)(request, parse).sighting(parsed)

    def await_retry(self, limit: float = 30.0) -> Sighting:
        """Wait until all that the last run left in the queue was tried again; return what was seen since it began.

        `limit` is in seconds.
        """
        return self._ask(AgentVerbs.await_retry, limit + _SPARE)(limit).sighting(())

    def await_rest(self, servers: Sequence[str], limit: float = 30.0) -> Sighting:
        """Wait until all mail of the last run at these mail hosts is settled; return what was seen since it began.

        `limit` is in seconds; what took longer is named in `trouble`.
        """
        return self._ask(AgentVerbs.await_rest, limit + _SPARE)(list(servers), limit).sighting(())

    def run_so_far(self) -> Sighting:
        """Return what was seen of the last run so far."""
        return self._ask(AgentVerbs.run_so_far)().sighting(())

    def barrier(self, token: str, count: int, limit: float = 10.0) -> bool:
        """Wait until `count` log lines contain that text; return whether they came within `limit` seconds.

        `internet.barrier(*mail_host.mark())` proves that everything logged before has arrived.
        """
        return self._ask(AgentVerbs.barrier, limit + _SPARE)(token, count, limit)

    def sighting(self) -> Sighting:
        """Return what was seen since the last run began, or since `clear`."""
        return self._ask(AgentVerbs.everything)().sighting(())

    def news(self, after: int, within: float) -> list[News]:
        """Return what was seen after that number; waits up to `within` seconds for the first of it."""
        return self._ask(AgentVerbs.news, within + _SPARE)(after, within)

    def latest(self) -> int:
        """Return the number of the newest piece of news."""
        return self._ask(AgentVerbs.latest)()

    def note(self, text: str) -> None:
        """Add a remark to the news."""
        self._ask(AgentVerbs.note)(text)

    def clear(self) -> None:
        """Discard what was seen so far."""
        self._ask(AgentVerbs.clear)()

    def lose(self, service: LabService) -> None:
        """Stop the DNS or the loghost; it is started again for the next test."""
        self._lost.add(service)
        self._ask(AgentVerbs.lose)(service)

    def repair(self) -> bool:
        """Restart what `lose` stopped; return whether there was anything."""
        lost, self._lost = self._lost, set()
        for service in lost:
            self._ask(AgentVerbs.repair)(service)
        return bool(lost)

    def remove(self) -> None:
        """Remove the container, and with it the cables."""
        self.container.remove()

    def _ask(self, verb: Callable[Concatenate[AgentVerbs, P], Awaitable[R]], limit: float = 60.0) -> Callable[P, R]:
        """Return the agent's verb as a local function; its answer may take `limit` seconds."""

        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            value: R = self.container.stream.ask(verb_of(verb), args, kwargs, ROWS, limit)
            return value

        return ask


def _cable(addresses: Sequence[str]) -> str:
    """The name of the cable that a mail host with these addresses is at: `cable25` for 192.0.2.25."""
    return f"cable{addresses[0].rpartition('.')[2]}"

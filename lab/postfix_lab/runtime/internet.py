"""The fake Internet as the lab's own process sees it: one container, and what it is asked to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from postfix_lab.engine.cable import plug
from postfix_lab.inside.internet.protocol import (
    AGENT_SOCKET,
    News,
    Part,
    PeerOrder,
    Rest,
    SessionOrder,
    Sighting,
    Told,
)
from postfix_lab.inside.internet.routes import way_to
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.serialization import from_json, from_row, to_json, without_collector

if TYPE_CHECKING:
    from postfix_lab.dns.fault import Fault
    from postfix_lab.dns.zone import ZoneText
    from postfix_lab.engine.container import Container, Containers


class Internet:
    """The fake Internet of a lab: one container with DNS, remote hosts, sink and loghost at every IP address.

    Mail hosts are connected to it by cables, and to nothing else. Tests need `seen`, `barrier`, `clear` and `lose`;
    the other methods are for the lab. All of them raise `LabError` if the container does not answer.
    """

    def __init__(self, containers: Containers) -> None:
        self._containers = containers
        self.container = containers.start(INTERNET)
        self._stream = self.container.stream
        self._stream.call("begin")
        self._near = False
        self._lost: set[str] = set()

    def plug(self, mail_host: Container, addresses: Sequence[str]) -> None:
        """Connect a mail host, which then has these addresses; works before the agent has started."""
        device = _cable(addresses)
        if not plug(self._containers, self.container, mail_host, device, addresses, way_to(device, addresses)):
            self._stream.call("route", device=device, addresses=list(addresses))

    def know(self, addresses: Sequence[str], *, cancels: bool = False) -> None:
        """Tell the agent of a mail host that has these addresses.

        `cancels`: its log tells the end of a message that was never completed, and a run waits for it.
        """
        self._stream.call("know", device=_cable(addresses), addresses=list(addresses), cancels=cancels)
        if not self._near:  # Now that the agent has answered, its socket is there.
            self._near = True
            self.container.shorten(AGENT_SOCKET)

    def become(
        self,
        zones: Iterable[ZoneText],
        faults: Iterable[Fault],
        peers: Iterable[PeerOrder],
        resolvers: Iterable[str],
    ) -> None:
        """Replace zones, faults, listening MTAs and resolver addresses, all at once."""
        self._stream.call(
            "world",
            zones=to_json(list(zones)),
            faults=to_json(list(faults)),
            peers=to_json(list(peers)),
            resolvers=list(resolvers),
        )

    def run(
        self,
        sessions: Sequence[SessionOrder],
        limit: float = 30.0,
        *,
        in_turn: bool = False,
        at_once: int = 0,
        hurry: float = 0.0,
    ) -> Sighting:
        """Speak these sessions, all or `at_once` at the same time or one after the other; return all that was seen.

        Returns when the log says that each is over: disconnected, and every accepted message delivered,
        deferred or bounced. What took longer than `limit` seconds is named in `trouble` instead. With `hurry`, that
        many seconds are the limit from the moment on at which the log says that a daemon of the mail host died, and
        what was logged before counts too: nothing of it is forgotten.
        """
        # Sessions at once share the wait for their replies, but the end of each one's log is waited for by itself.
        longest = limit * (2 * len(sessions) if in_turn or at_once else len(sessions) + 2) + 10
        each = {id(order): order for order in sessions}
        number = {key: place for place, key in enumerate(each)}
        asked = {
            "orders": to_json(list(each.values())),
            "sessions": [number[id(order)] for order in sessions],
            "within": limit,
            "in_turn": in_turn,
            "at_once": at_once,
            "hurry": hurry,
        }
        parts: list[Told] = []

        def hear(part: Any) -> None:  # While the sessions go on, so that little is left to be read at the end.
            parts.append(Told.of(from_row(Part, part)))

        with without_collector():
            rest: Rest = from_row(Rest, self._stream.call("run", limit=longest, hear=hear, **asked))
            return rest.sighting(parts)

    def again(self, limit: float = 30.0) -> Sighting:
        """Return what was seen since the last run began, once all that it left in the queue has been tried again.

        `limit` is in seconds.
        """
        rest: Rest = from_row(Rest, self._stream.call("again", limit=limit + 10, within=limit))
        return rest.sighting(())

    def further(self) -> Sighting:
        """Return what was seen of the last run by now."""
        rest: Rest = from_row(Rest, self._stream.call("further"))
        return rest.sighting(())

    def barrier(self, token: str, count: int, limit: float = 10.0) -> bool:
        """Wait until `count` log lines contain that text; return whether they came within `limit` seconds.

        `internet.barrier(*mail_host.mark())` proves that everything logged before has arrived.
        """
        return bool(self._stream.call("barrier", limit=limit + 5, token=token, count=count, within=limit))

    def seen(self) -> Sighting:
        """Return what was seen since the last run began, or since `clear`."""
        everything: Rest = from_row(Rest, self._stream.call("seen"))
        return everything.sighting(())

    def news(self, after: int, within: float) -> list[News]:
        """Return what was seen after that number; waits up to `within` seconds for the first of it."""
        told = self._stream.call("news", limit=within + 10, aside=True, after=after, within=within)
        return list(from_json(list[News], told))

    def latest(self) -> int:
        """Return the number of the newest piece of news."""
        return int(self._stream.call("latest"))

    def note(self, text: str) -> None:
        """Add a remark to the news."""
        self._stream.call("note", text=text)

    def clear(self) -> None:
        """Forget what was seen so far."""
        self._stream.call("clear")

    def lose(self, eye: Literal["dns", "loghost"]) -> None:
        """End the fake DNS or the loghost; it is started again for the next test."""
        self._lost.add(eye)
        self._stream.call("lose", eye=eye)

    def mend(self) -> bool:
        """Start again what `lose` ended; return whether there was anything."""
        lost, self._lost = self._lost, set()
        for eye in lost:
            self._stream.call("mend", eye=eye)
        return bool(lost)

    def remove(self) -> None:
        """Remove the container, and with it the cables."""
        self.container.remove()


def _cable(addresses: Sequence[str]) -> str:
    """The name of the cable that a mail host with these addresses is at: `cable25` for 192.0.2.25."""
    return f"cable{addresses[0].rpartition('.')[2]}"

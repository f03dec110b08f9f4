"""The MTAs of a world: which of them listen, and the counts of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postfix_lab.inside.internet.smtp.peer import Peer
from postfix_lab.smtp.answer import Answered, Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from postfix_lab.inside.internet.admission import Admission
    from postfix_lab.inside.internet.protocol import PeerOrder
    from postfix_lab.smtp.behaviour import Behaviour, Received
    from postfix_lab.smtp.transcript import Transcript


class PeerEvents(NamedTuple):
    """Callbacks for what the MTAs do."""

    received: Callable[[Received], None]
    forwarded: Callable[[Transcript], None]
    answered: Callable[[Answered], None]
    trouble: Callable[[str], None]
    left: Callable[[], None]
    """Called when a client has sent QUIT, or its connection has ended."""


class Peers:
    """All MTAs, in the running loop; the addresses of a host share the counts of its answers."""

    def __init__(self, events: PeerEvents, admission: Admission | None = None) -> None:
        """`admission`: says when a relayed message may be sent to a mail host."""
        self._events, self._admission = events, admission
        self._listening: dict[tuple[str, int], tuple[PeerOrder, Peer]] = {}
        self._answers: dict[tuple[str, Behaviour], Answers] = {}
        self._apart: Mapping[str, str] = {}

    async def set_orders(self, orders: Sequence[PeerOrder]) -> None:
        """Have these MTAs listen and no others; unchanged ones keep listening."""
        wanted = {(order.address, order.port): order for order in orders}
        for place, (order, peer) in list(self._listening.items()):
            if wanted.get(place) != order:
                await peer.close()
                del self._listening[place]
        hosts = {(order.hostname, order.behaviour) for order in orders}
        self._answers = {
            host: self._answers.get(host) or Answers(host[1].answers, lambda met: self._apart.get(met.client, ""))
            for host in hosts
        }
        for place, order in wanted.items():
            if place not in self._listening:
                self._listening[place] = order, await self._start(order)

    def reset_counts(self, apart: Mapping[str, str]) -> None:
        """Begin a new run: answers count attempts from the first again.

        `apart`: clients whose attempts are counted by themselves, each with a name for whom it belongs to.
        """
        self._apart = apart
        for answers in self._answers.values():
            answers.reset_counts()

    @property
    def relays(self) -> set[str]:
        """The addresses of MTAs that relay what they accept."""
        return {address for (address, _), (order, _) in self._listening.items() if order.behaviour.forward_to}

    @property
    def expect_quit(self) -> bool:
        """Whether a client may still send a QUIT for which its MTA has its own answer."""
        return any(peer.expects_quit for _, peer in self._listening.values())

    async def _start(self, order: PeerOrder) -> Peer:
        peer = Peer(
            order.address,
            order.behaviour,
            order.hostname,
            self._events.received,
            port=order.port,
            trouble=self._events.trouble,
            forwarded=self._events.forwarded,
            answered=self._events.answered,
            left=self._events.left,
            answers=self._answers[order.hostname, order.behaviour],
            key_and_chain=order.key_and_chain,
            admission=self._admission,
        )
        await peer.start()
        return peer

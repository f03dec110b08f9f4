"""The MTAs of a world: which of them listen, whose turn it is, and what comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from postfix_lab.inside.internet.smtp.peer import Peer
from postfix_lab.smtp.answer import Answered, Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from postfix_lab.inside.internet.protocol import PeerOrder
    from postfix_lab.smtp.behaviour import Behaviour, Received
    from postfix_lab.smtp.transcript import Transcript


class Ears(NamedTuple):
    """Who hears of what the MTAs do."""

    received: Callable[[Received], None]
    forwarded: Callable[[Transcript], None]
    answered: Callable[[Answered], None]
    trouble: Callable[[str], None]
    left: Callable[[], None]
    """A client has said QUIT, or its line is gone."""


class Peers:
    """All of them, in the running loop; a host's addresses take turns together."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._listening: dict[str, tuple[PeerOrder, Peer]] = {}
        self._turns: dict[tuple[str, Behaviour], Turns] = {}

    async def become(self, orders: Sequence[PeerOrder]) -> None:
        """Let these listen and no others; one that is as it was goes on listening."""
        wanted = {order.address: order for order in orders}
        for address, (order, peer) in list(self._listening.items()):
            if wanted.get(address) != order:
                await peer.close()
                del self._listening[address]
        hosts = {(order.hostname, order.behaviour) for order in orders}
        self._turns = {host: self._turns.get(host) or Turns(host[1].answers) for host in hosts}
        for address, order in wanted.items():
            if address not in self._listening:
                self._listening[address] = order, await self._start(order)

    def recount(self) -> None:
        """A new run begins: the next attempt is the first again."""
        for turns in self._turns.values():
            turns.recount()

    @property
    def relays(self) -> set[str]:
        """The addresses of those that send on what they accept."""
        return {address for address, (order, _) in self._listening.items() if order.behaviour.forward_to}

    @property
    def expect_quit(self) -> bool:
        """Whether a client may still say the QUIT to which its MTA has an answer of its own."""
        return any(peer.expects_quit for _, peer in self._listening.values())

    async def _start(self, order: PeerOrder) -> Peer:
        peer = Peer(
            order.address,
            order.behaviour,
            order.hostname,
            self._ears.received,
            trouble=self._ears.trouble,
            forwarded=self._ears.forwarded,
            answered=self._ears.answered,
            left=self._ears.left,
            turns=self._turns[order.hostname, order.behaviour],
            key_and_chain=order.key_and_chain,
        )
        await peer.start()
        return peer

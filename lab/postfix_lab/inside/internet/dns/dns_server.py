"""The DNS at every resolver address that a mail host knows.

All addresses are local to the Internet's container, so the sockets are bound to the wildcard address and
every reply is sent from the address that was asked (IP_PKTINFO); otherwise the client would drop it.
Each question is recorded before its reply is sent.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from postfix_lab.dns.fault import AppliedFault, DnsLookup, FaultKind, Faults
from postfix_lab.dns.faulty_answer import DnsReply, build_reply, refusal
from postfix_lab.dns.faulty_packet import pack
from postfix_lab.dns.message import MalformedError, Question, parse_question
from postfix_lab.dns.name import Labels, present
from postfix_lab.dns.namespace import Namespace
from postfix_lab.dns.query import Query
from postfix_lab.errors import InputError, LabError
from postfix_lab.inside.internet.dns.dns_sockets import Asker, Listening, bind_all
from postfix_lab.inside.internet.dns.icmp import Icmp
from postfix_lab.inside.internet.dns.liveness import is_answering
from postfix_lab.inside.internet.protocol import DnsView

_IN, _ANY_CLASS = 1, 255
_TRANSFERS = (251, 252)
"""IXFR and AXFR."""


@dataclass(frozen=True)
class _View:
    """Zones, faults and resolvers as certain clients see them; each view counts its own questions."""

    namespace: Namespace
    faults: Faults
    resolvers: frozenset[str]
    prepared: dict[tuple[Labels, int, int | None], DnsReply] = field(default_factory=dict)
    """Cache of `reply_to`: packing records is most of the work for a question."""

    @property
    def refuses_tcp(self) -> bool:
        """Whether TCP port 53 must refuse connections."""
        return any(fault.kind is FaultKind.TRUNCATE_REFUSED for fault in self.faults.rules)

    def reply_to(self, question: Question, applied: AppliedFault | None) -> DnsReply:
        """Return the reply with that fault, else the true one."""
        if applied and applied.rule.kind is FaultKind.ROTATE:
            return build_reply(self.namespace, question, applied)
        key = (question.name, question.rtype, applied.number if applied else None)
        if (known := self.prepared.get(key)) is None:
            known = self.prepared[key] = build_reply(self.namespace, question, applied)
        return known


_EMPTY = _View(Namespace(()), Faults(), frozenset())


class DnsServer:
    """An authoritative DNS over UDP and TCP; `record` is called once for each question, `trouble` if some were lost.

    Until the first `serve` no address is a resolver, so every question is a stray one. `behind` returns the addresses
    behind an interface, by its number, if known; questions from other addresses there are ignored.
    """

    def __init__(
        self,
        record: Callable[[Query], None],
        trouble: Callable[[str], None] = lambda _: None,
        behind: Callable[[int], Collection[str] | None] = lambda _: None,
    ) -> None:
        self._record, self._trouble, self._behind = record, trouble, behind
        self._views: dict[str | None, _View] = {}
        self._late: set[asyncio.TimerHandle] = set()
        self._listening: Listening | None = None
        self._icmp: Icmp | None = None
        self.port = 0

    async def start(self, port: int = 53) -> None:
        """Listen on every address, IPv4 and IPv6, UDP and TCP; port 0: any free one (`.port`). Raises `LabError`."""
        try:
            sockets = bind_all(port)
        except OSError as error:
            raise LabError(f"the DNS cannot listen on port {port}: {error}; see what else listens there") from error
        self.port = sockets.port
        self._listening = await sockets.listen(self._take, self._trouble)

    async def serve(self, views: Sequence[DnsView]) -> None:
        """Replace all views at once; raises `InputError` for an invalid zone, and changes nothing then.

        A client that no view names sees the one without clients; without such a view no address is its resolver.
        """
        made = [(_View(Namespace(v.zones), Faults(v.faults), frozenset(map(_address, v.resolvers))), v) for v in views]
        if self._icmp is None and any(f.kind is FaultKind.UNREACHABLE for view in views for f in view.faults):
            self._icmp = Icmp()
        self._views = {client: view for view, wanted in made for client in (wanted.clients or (None,))}
        if self._listening:
            await self._listening.refuse_tcp(refused=any(view.refuses_tcp for view, _ in made))

    def reset_counts(self) -> None:
        """Begin a new run: faults count questions from the first again."""
        for view in self._views.values():
            view.faults.reset_counts()

    def close(self) -> None:
        """Close every socket and connection; delayed answers that are still due are never sent."""
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        if self._listening:
            self._listening.close()
        if self._icmp:
            self._icmp.close()
        self._listening = self._icmp = None

    async def silent_resolvers(self) -> list[str]:
        """Return the resolver addresses of any view that do not answer."""
        resolvers = sorted({address for view in self._views.values() for address in view.resolvers})
        answers = await asyncio.gather(*(is_answering(address, self.port) for address in resolvers))
        return [address for address, answered in zip(resolvers, answers, strict=True) if not answered]

    def _take(self, packet: bytes, asker: Asker) -> None:
        at = time.time()
        if asker.interface and asker.client not in (self._behind(asker.interface) or (asker.client,)):
            return
        try:
            question = parse_question(packet)
        except MalformedError as error:
            if error.reply is not None:
                asker.send(error.reply)
            return
        view = self._views.get(asker.client) or self._views.get(None, _EMPTY)
        stray = asker.server not in view.resolvers
        refused = stray or question.rclass not in (_IN, _ANY_CLASS) or question.rtype in _TRANSFERS
        applied = None if refused else view.faults.apply(_matchable(question, asker))
        said = refusal() if refused else view.reply_to(question, applied)
        answer = partial(self._answer, question, said, asker, at, stray=stray)
        if said.fault is not None and said.fault.kind is FaultKind.DELAY:
            self._schedule(said.fault.seconds, answer)
        else:
            answer()

    def _schedule(self, seconds: float, answer: Callable[[], None]) -> None:
        def due() -> None:
            self._late.discard(timer)
            answer()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._late.add(timer)

    def _answer(self, question: Question, said: DnsReply, asker: Asker, at: float, *, stray: bool) -> None:
        sent = pack(question, said, asker.transport)
        self._record(
            Query(
                at=at,
                client=asker.client,
                server=asker.server,
                transport=asker.transport,
                name=present(question.name),
                type=question.type,
                outcome=sent.outcome,
                answers=() if sent.truncated or sent.outcome == "MALFORMED" else said.answers,
                fault=said.fault.kind if said.fault else None,
                outside=said.outside,
                stray=stray,
                truncated=sent.truncated,
                fault_number=said.number,
                octets=len(sent.packet),
                packet=sent.packet.hex() if sent.mangled else "",
            )
        )
        if sent.packet:
            asker.send(sent.packet)
        elif sent.outcome == FaultKind.UNREACHABLE:
            self._send_unreachable(asker)
        elif said.fault and said.fault.kind is FaultKind.TRUNCATE_HANG and said.fault.seconds:
            self._schedule(said.fault.seconds, asker.hang_up)

    def _send_unreachable(self, asker: Asker) -> None:
        if asker.transport == "tcp":
            asker.reset()
        elif self._icmp:
            self._icmp.port_unreachable(asker.server, self.port, asker.client, asker.port)


def _matchable(question: Question, asker: Asker) -> DnsLookup:
    return DnsLookup(present(question.name), question.type, asker.client, asker.transport, asker.server)


def _address(text: str) -> str:
    """Return the address in the form that the kernel returns; raises `InputError`."""
    try:
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        return socket.inet_ntop(family, socket.inet_pton(family, text))
    except OSError:
        raise InputError(f"a resolver's address is {text!r}, which is no IP address") from None

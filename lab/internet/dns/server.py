"""The DNS at every resolver address that a mail host knows.

All addresses are local to the Internet's container, so the sockets are bound to the wildcard and
every reply leaves from the address that was asked (IP_PKTINFO); otherwise the asker would drop it.
Each question becomes one record, made before the reply is sent: who has the reply finds the record.
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import partial

from lab.errors import InputError, LabError
from lab.internet.dns.fault import Fault, FaultKind, first_match
from lab.internet.dns.name import Labels, present
from lab.internet.dns.namespace import Answer, Namespace
from lab.internet.dns.query import Query
from lab.internet.dns.sockets import Asker, bind_all
from lab.internet.dns.wire import MalformedError, Question, Rcode, Sections, pack_reply, pack_sections, parse_question
from lab.internet.dns.zone import ZoneText

_IN, _ANY_CLASS = 1, 255
_TRANSFERS = (251, 252)
"""IXFR and AXFR."""
_TCP_MAX = 65535


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What is said to one question in one world, ready to be sent any number of times."""

    outcome: str
    sections: Sections
    answers: tuple[str, ...] = ()
    fault: Fault | None = None
    outside: bool = False


@dataclass(frozen=True)
class _World:
    """Zones, faults and resolvers that hold together; a change makes a new one."""

    namespace: Namespace
    faults: tuple[Fault, ...]
    resolvers: frozenset[str]
    prepared: dict[tuple[Labels, int], _Prepared] = field(default_factory=dict)
    """Memory of `prepare`: packing records is most of a question's cost."""

    def prepare(self, question: Question) -> _Prepared:
        """The fault that matches first, else the truth."""
        key = (question.name, question.rtype)
        if (known := self.prepared.get(key)) is None:
            fault = first_match(self.faults, present(question.name), question.type)
            known = self.prepared[key] = _prepare(self.namespace, question, fault)
        return known


class DnsServer:
    """An authoritative DNS over UDP and TCP; `record` is called once for each question.

    Until the first `serve` no address is a resolver, so every question is a stray one.
    """

    def __init__(self, record: Callable[[Query], None]) -> None:
        self._record = record
        self._world = _World(Namespace(()), (), frozenset())
        self._late: set[asyncio.TimerHandle] = set()
        self._close: Callable[[], None] = lambda: None
        self.port = 0

    async def start(self, port: int = 53) -> None:
        """Listens on every address, IPv4 and IPv6, UDP and TCP; port 0 takes a free one (`.port`)."""
        try:
            sockets = bind_all(port)
        except OSError as error:
            raise LabError(f"the DNS cannot listen on port {port}: {error}; see what else listens there") from error
        self.port = sockets.port
        self._close = await sockets.listen(self._take)

    def serve(self, zones: Sequence[ZoneText], faults: Sequence[Fault], resolvers: Collection[str]) -> None:
        """Swaps the whole world at once; a zone that cannot be used is an InputError and changes nothing."""
        self._world = _World(Namespace(zones), tuple(faults), frozenset(map(_address, resolvers)))

    def close(self) -> None:
        """Closes every socket and connection; delayed answers that are still due are never sent."""
        for timer in self._late:
            timer.cancel()
        self._late.clear()
        self._close()

    def _take(self, packet: bytes, asker: Asker) -> None:
        at = time.time()
        try:
            question = parse_question(packet)
        except MalformedError as error:
            if error.reply is not None:
                asker.send(error.reply)
            return
        stray = asker.server not in self._world.resolvers
        refused = stray or question.rclass not in (_IN, _ANY_CLASS) or question.rtype in _TRANSFERS
        said = _failure(Rcode.REFUSED) if refused else self._world.prepare(question)
        answer = partial(self._answer, question, said, asker, at, stray=stray)
        if said.fault is not None and said.fault.kind is FaultKind.DELAY:
            self._later(said.fault.seconds, answer)
        else:
            answer()

    def _later(self, seconds: float, answer: Callable[[], None]) -> None:
        def due() -> None:
            self._late.discard(timer)
            answer()

        timer = asyncio.get_running_loop().call_later(seconds, due)
        self._late.add(timer)

    def _answer(self, question: Question, said: _Prepared, asker: Asker, at: float, *, stray: bool) -> None:
        silent = said.outcome == FaultKind.TIMEOUT
        limit = question.limit if asker.transport == "udp" else _TCP_MAX
        reply, truncated = (b"", False) if silent else pack_reply(question, said.sections, limit)
        self._record(
            Query(
                at=at,
                client=asker.client,
                server=asker.server,
                transport=asker.transport,
                name=present(question.name),
                type=question.type,
                outcome=said.outcome,
                answers=() if truncated else said.answers,
                fault=said.fault.kind if said.fault else None,
                outside=said.outside,
                stray=stray,
                truncated=truncated,
            )
        )
        if not silent:
            asker.send(reply)


def _prepare(namespace: Namespace, question: Question, fault: Fault | None) -> _Prepared:
    outside = not namespace.contains(question.name)
    match fault.kind if fault else None:
        case None | FaultKind.DELAY:
            return _truth(namespace.answer(question.name, question.type), question, fault)
        case FaultKind.NXDOMAIN | FaultKind.NODATA as kind:
            rcode = Rcode.NXDOMAIN if kind is FaultKind.NXDOMAIN else Rcode.NOERROR
            sections = pack_sections(question, rcode, aa=True, authority=(namespace.soa(question.name),))
            return _Prepared(kind.value, sections, fault=fault, outside=outside)
        case FaultKind.SERVFAIL:
            return _failure(Rcode.SERVFAIL, fault, outside=outside)
        case FaultKind.REFUSED:
            return _failure(Rcode.REFUSED, fault, outside=outside)
        case FaultKind.TIMEOUT:
            return _Prepared("TIMEOUT", Sections(Rcode.NOERROR), fault=fault, outside=outside)


def _truth(answer: Answer, question: Question, fault: Fault | None) -> _Prepared:
    sections = pack_sections(
        question, Rcode[answer.rcode], aa=answer.aa, answers=answer.answers, authority=answer.authority
    )
    return _Prepared(answer.outcome, sections, tuple(map(str, answer.answers)), fault, answer.outside)


def _failure(rcode: Rcode, fault: Fault | None = None, *, outside: bool = False) -> _Prepared:
    return _Prepared(rcode.name, Sections(rcode), fault=fault, outside=outside)


def _address(text: str) -> str:
    """The address as the kernel's answers are spelled here."""
    try:
        family = socket.AF_INET6 if ":" in text else socket.AF_INET
        return socket.inet_ntop(family, socket.inet_pton(family, text))
    except OSError:
        raise InputError(f"a resolver's address is {text!r}, which is no IP address") from None

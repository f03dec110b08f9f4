"""What is tried: every listener is opened, a good client sends a mail, strangers and gateways try to relay.

Each stranger has an address of its own, so that no limit on one client's connections speaks for the restrictions. A
listener that is bound to the loopback address is opened by a wire inside the mail host.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network

from postfix_lab.addresses import GATEWAY4
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Draft, Stub, begin_draft
from postfix_lab.fit.fitted import Fitted
from postfix_lab.fit.source import Source
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import ETC
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, World, zone
from postfix_lab.smtp.behaviour import ACCEPT
from postfix_lab.smtp.dialogue import Command, Dialogue, StartTls, mail

_LOOPBACK = frozenset({"loopback-only", "localhost", "127.0.0.1", "::1", "[::1]"})
_GREETS = ("smtpd", "postscreen")
_QUIET = frozenset({"bounce", "flush", "virtual", "local", "pipe", "postlogd", "error", "discard", "tlsproxy"})
"""Daemons that complain when nobody asks them anything, or that only what is delivered starts."""
_FIRST_WIRE = 61000
_GOOD = Host(("198.51.100.125", "2001:db8:100::125"), name="mail.canary.example")
_TARGET = "x@relay.example"
_EXCHANGER = Host(("203.0.113.250",), name="mx.relay.example", mta=ACCEPT)
_WORLD = World(
    zones=(
        zone('@ MX 10 mail\n@ TXT "v=spf1 mx -all"', origin="canary.example"),
        zone('@ MX 10 mail\n@ TXT "v=spf1 mx -all"', origin="stranger.example"),
        zone("@ MX 10 mx", origin="relay.example"),
    ),
    hosts=(_EXCHANGER,),
)


class Aim(StrEnum):
    """What a session is for."""

    OPEN = "open"
    CANARY = "canary"
    RELAY = "relay"
    GATEWAY = "gateway"


@dataclass(frozen=True)
class Trial:
    """One session, and what it is for."""

    aim: Aim
    service: Service
    """The listener, as it runs in the lab; its lines are those of the admin's master.cf."""
    session: Session
    sender: str = ""


@dataclass(frozen=True)
class ProbePlan:
    """Everything that is tried by speaking SMTP, and the daemons that are only woken."""

    trials: tuple[Trial, ...]
    wires: tuple[Stub, ...]
    touched: tuple[str, ...]
    """Sockets of master(8) from the queue directory: `private/rewrite`."""
    hurry: float
    """Seconds that a reply may take once a daemon has died."""

    @property
    def scenario(self) -> Scenario:
        """All of it at once."""
        return Scenario("check", tuple(trial.session for trial in self.trials), _WORLD)


def plan(fitted: Fitted, addresses: Sequence[str], mynetworks: str) -> ProbePlan:
    """What a fitted configuration makes possible; `mynetworks` is what postconf(1) says that it is."""
    draft = begin_draft(Source("", {"main.cf": fitted.files[f"{ETC}/main.cf"].text}), Choices(), {}, _master(fitted))
    speakers = [s for s in draft.services if _greets(draft, s)]
    outside = [service for service in speakers if _outside(draft, service)]
    inside = [service for service in speakers if service not in outside]
    families = [a for a in addresses if _speaks(draft, a)]
    trials = [_opening_probe(draft, s, families, number) for number, s in enumerate(outside)]
    trials += [_wire_probe(s, number, families) for number, s in enumerate(inside)]
    trials += _canaries(fitted, draft, outside, families)
    trials += _relay_probes(fitted, draft, outside, families, mynetworks)
    screened = any(service.command == "postscreen" for service in speakers)
    return ProbePlan(
        tuple(trials) if families else (),
        tuple(_wire(service, number) for number, service in enumerate(inside)) if families else (),
        tuple(_sockets_to_touch(draft.services)),
        8.0 if screened else 2.0,
    )


def gateways(mynetworks: str) -> tuple[str, ...]:
    """The lab's own gateway, and the first address of each network that mynetworks trusts: a router may be there.

    >>> gateways("127.0.0.0/8 10.1.2.0/24 [fd00:1::]/64 192.168.0.7/32")
    ('192.0.2.1', '10.1.2.1', 'fd00:1::1')
    """
    found = [GATEWAY4]
    for word in re.split(r"[\s,]+", mynetworks):
        try:
            network = ip_network(re.sub(r"\[([^\]]+)\]", r"\1", word), strict=False)
        except ValueError:
            continue
        mapped = network.version == 6 and getattr(network.network_address, "ipv4_mapped", None)  # noqa: PLR2004
        trusted = not network.is_loopback and not network.is_link_local and not mapped and network.prefixlen
        if trusted and network.num_addresses > 2:  # noqa: PLR2004 - the network, a router and somebody else
            found.append(str(network.network_address + 1))
    return tuple(dict.fromkeys(found))


def _master(fitted: Fitted) -> str:
    placed = fitted.files.get(f"{ETC}/master.cf")
    return placed.text if placed else ""


def _greets(draft: Draft, service: Service) -> bool:
    """Whether it says something to whoever connects; behind a proxy it waits for what that says."""
    if service.kind != "inet" or service.command not in _GREETS or not service.port.isdigit():
        return False
    return not _of(draft, service, f"{service.command}_upstream_proxy_protocol")


def _outside(draft: Draft, service: Service) -> bool:
    if service.address:
        return service.address not in _LOOPBACK
    words = [word for word in re.split(r"[\s,]+", _of(draft, service, "inet_interfaces")) if word]
    return any(word not in _LOOPBACK for word in words)


def _speaks(draft: Draft, address: str) -> bool:
    """Whether the mail host has that family of addresses."""
    protocols = (draft.value("inet_protocols") or "all").replace(",", " ").split()
    return "all" in protocols or ("ipv6" if ":" in address else "ipv4") in protocols


def _opening_probe(draft: Draft, service: Service, families: Sequence[str], number: int) -> Trial:
    opener = Host((f"198.51.{97 + number // 100}.{130 + number % 100}", f"2001:db8:97::{130 + number:x}"))
    source = next((a for a in opener.addresses if _serves(service, a, families)), opener.addresses[0])
    return Trial(Aim.OPEN, service, Session(opener, _greeting(draft, service), int(service.port), source))


def _wire_probe(service: Service, number: int, families: Sequence[str]) -> Trial:
    source = _GOOD.addresses[0] if any(":" not in a for a in families) else _GOOD.addresses[1]
    greet = Dialogue((Command(f"EHLO {_GOOD.greeting}", "HELO"),))
    return Trial(Aim.OPEN, service, Session(_GOOD, greet, _FIRST_WIRE + number, source, logged=False))


def _wire(service: Service, number: int) -> Stub:
    address = "::1" if ":" in service.address else "127.0.0.1"
    return Stub("relay", f"inet::{_FIRST_WIRE + number}", to=f"{address}:{service.port}")


def _canaries(fitted: Fitted, draft: Draft, outside: Sequence[Service], families: Sequence[str]) -> Iterator[Trial]:
    """A mail of a good client from each family, to port 25."""
    services = [service for service in outside if service.port == "25"]
    if not fitted.canary.recipient or not services:
        return
    sender = "ann@canary.example"
    for source in _GOOD.addresses:
        if service := next((s for s in services if _serves(s, source, families)), None):
            said = mail(
                helo=_GOOD.greeting, sender=sender, to=fitted.canary.recipient, tls=_wants_starttls(draft, service)
            )
            yield Trial(Aim.CANARY, service, Session(_GOOD, said, int(service.port), source), sender)


def _relay_probes(
    fitted: Fitted, draft: Draft, outside: Sequence[Service], families: Sequence[str], mynetworks: str
) -> Iterator[Trial]:
    """To each listener from each family: a stranger, and one who borrows the own domain; and every gateway."""
    own = f"postmaster@{fitted.domain}" if fitted.domain else ""
    senders = [sender for sender in ("eve@stranger.example", own) if sender]
    own_addresses = [(f"198.51.{100 + n // 100}.{130 + n % 100}", f"2001:db8:100::{130 + n:x}")
                     for n in range(len(outside) * len(senders))]  # fmt: skip
    stranger = Host(tuple(a for pair in own_addresses for a in pair) or _GOOD.addresses, name="mail.stranger.example")
    unused = iter(own_addresses)
    for service in outside:
        for sender in senders:
            for source in next(unused):
                if _serves(service, source, families):
                    yield Trial(Aim.RELAY, service, _relay(draft, service, stranger, source, sender), sender)
        for source in gateways(mynetworks):
            if _serves(service, source, families):
                host = Host((source,))
                yield Trial(Aim.GATEWAY, service, _relay(draft, service, host, source, senders[0]), senders[0])


def _relay(draft: Draft, service: Service, host: Host, source: str, sender: str) -> Session:
    helo = host.name or host.own_name
    said = mail(helo=helo, sender=sender, to=_TARGET, tls=_wants_starttls(draft, service))
    wrapped = _of(draft, service, "smtpd_tls_wrappermode") == "yes"
    return Session(host, Dialogue(said.steps, tls_on_connect=wrapped), int(service.port), source)


def _greeting(draft: Draft, service: Service) -> Dialogue:
    greet = Command(f"EHLO {_GOOD.greeting}", "HELO")
    if _of(draft, service, "smtpd_tls_wrappermode") == "yes":
        return Dialogue((greet,), tls_on_connect=True)
    offers = _of(draft, service, "smtpd_tls_security_level") in ("may", "encrypt")
    return Dialogue((greet, StartTls(), greet) if offers else (greet,))


def _wants_starttls(draft: Draft, service: Service) -> bool:
    """Whether the listener wants STARTTLS before it takes mail."""
    wrapped = _of(draft, service, "smtpd_tls_wrappermode") == "yes"
    return _of(draft, service, "smtpd_tls_security_level") == "encrypt" and not wrapped


def _serves(service: Service, source: str, families: Iterable[str]) -> bool:
    """Whether a client of that family meets the listener."""
    mine = [address for address in families if (":" in address) == (":" in source)]
    return bool(mine) and (not service.address or service.address in mine)


def _of(draft: Draft, service: Service, name: str) -> str:
    own = service.option(name)
    return draft.expand(own if own is not None else draft.lookup(name) or "").strip()


def _sockets_to_touch(services: Iterable[Service]) -> Iterator[str]:
    for service in services:
        if service.kind == "unix" and service.command not in _QUIET:
            yield f"{'private' if service.private else 'public'}/{service.name}"

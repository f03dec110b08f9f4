"""The plan of a check: connect to every listener, send a mail as a good client, try to relay as stranger and gateway.

Each stranger has its own address, so that limits for each client (anvil(8)) do not hide the restrictions. A listener
that is bound to the loopback address is reached through a forwarder inside the mail host.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network

from postfix_lab.addresses import GATEWAY4
from postfix_lab.audit import dns_list_probes, forged_probes, login_probes, recipient_probes
from postfix_lab.audit.as_written import LOOPBACK
from postfix_lab.audit.trial import TARGET, Aim, Trial, open_session
from postfix_lab.dns.zone import ZoneText
from postfix_lab.fit.canary_choice import wants_starttls
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Draft, Stub, begin_draft
from postfix_lab.fit.fitted import Fitted
from postfix_lab.fit.programs import is_used_pipe
from postfix_lab.fit.source import Source
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.parameters import ETC
from postfix_lab.scenario.client_address import client_problem
from postfix_lab.scenario.scenario import Scenario, Session
from postfix_lab.scenario.world import Host, World, zone
from postfix_lab.smtp.behaviour import ACCEPT
from postfix_lab.smtp.dialogue import Command, Dialogue, StartTls, mail

_GREETS = ("smtpd", "postscreen")
_QUIET = frozenset({"bounce", "flush", "virtual", "local", "pipe", "postlogd", "error", "discard", "tlsproxy"})
"""Daemons that complain when nobody asks them anything, or that only what is delivered starts."""
_FIRST_WIRE = 61000
_GOOD = Host(("198.51.100.125", "2001:db8:100::125"), name="mail.canary.example")
_EXCHANGER = Host(("203.0.113.250",), name="mx.relay.example", mta=ACCEPT)
_WORLD = World(
    zones=(
        zone('@ MX 10 mail\n@ TXT "v=spf1 mx -all"', origin="canary.example"),
        zone('@ MX 10 mail\n@ TXT "v=spf1 mx -all"', origin="stranger.example"),
        zone("@ MX 10 mx", origin="relay.example"),
    ),
    hosts=(_EXCHANGER,),
)


@dataclass(frozen=True)
class ProbePlan:
    """The SMTP sessions of a check, and the daemons that are only woken."""

    trials: tuple[Trial, ...]
    wires: tuple[Stub, ...]
    touched: tuple[str, ...]
    """Sockets of master(8) from the queue directory: `private/rewrite`."""
    dead_limit: float
    """Time limit for a reply once a daemon has died, in seconds."""
    zones: tuple[ZoneText, ...] = ()
    """The zones of the DNS lists."""
    at_once: int = 0
    """How many sessions the listeners have processes for; 0: as many as there are."""

    @property
    def scenario(self) -> Scenario:
        """All sessions as one scenario."""
        world = replace(_WORLD, zones=(*_WORLD.zones, *self.zones))
        return Scenario("check", tuple(trial.session for trial in self.trials), world, at_once=self.at_once)


def plan(fitted: Fitted, addresses: Sequence[str], mynetworks: str, agents: Container[str] = ()) -> ProbePlan:
    """Return the probes for a fitted configuration.

    `mynetworks` is the value that postconf(1) reports; `agents` are the delivery agents that get mail in life, by name.
    """
    draft = begin_draft(Source("", {"main.cf": fitted.files[f"{ETC}/main.cf"].text}), Choices(), {}, _master(fitted))
    draft.files |= fitted.files
    speakers = [s for s in draft.services if _sends_banner(draft, s)]
    outside = [service for service in speakers if _is_reachable(draft, service)]
    inside = [service for service in speakers if service not in outside]
    families = [a for a in addresses if _has_family(draft, a)]
    trials = [_opening_probe(draft, s, families, number) for number, s in enumerate(outside)]
    trials += [_wire_probe(s, number, families) for number, s in enumerate(inside)]
    trials += _canaries(fitted, draft, outside, families)
    trials += _relay_probes(fitted, draft, outside, families, mynetworks)
    trials += _further_probes(fitted, draft, outside, families)
    screened = any(service.command == "postscreen" for service in speakers)
    return ProbePlan(
        tuple(trials) if families else (),
        tuple(_wire(service, number) for number, service in enumerate(inside)) if families else (),
        tuple(_sockets_to_touch(draft, agents)),
        8.0 if screened else 2.0,
        (*dns_list_probes.zones(fitted.dns_lists), *forged_probes.zones(trials, fitted.domains)),
        _processes(draft.services),
    )


def gateways(mynetworks: str) -> tuple[str, ...]:
    """Return the lab's gateway and the first address of each network in mynetworks, which may be a router's.

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
    return tuple(address for address in dict.fromkeys(found) if client_problem(address) is None)


def _master(fitted: Fitted) -> str:
    placed = fitted.files.get(f"{ETC}/master.cf")
    return placed.text if placed else ""


def _sends_banner(draft: Draft, service: Service) -> bool:
    """Whether it sends a banner at once; with a proxy protocol it waits for the proxy's header."""
    if service.kind != "inet" or service.command not in _GREETS or not service.port.isdigit():
        return False
    return not draft.own_value(service, f"{service.command}_upstream_proxy_protocol")


def _is_reachable(draft: Draft, service: Service) -> bool:
    if service.address:
        return service.address not in LOOPBACK
    words = [word for word in re.split(r"[\s,]+", draft.own_value(service, "inet_interfaces")) if word]
    return any(word not in LOOPBACK for word in words)


def _has_family(draft: Draft, address: str) -> bool:
    """Whether the mail host has addresses of that family."""
    protocols = (draft.value("inet_protocols") or "all").replace(",", " ").split()
    return "all" in protocols or ("ipv6" if ":" in address else "ipv4") in protocols


def _opening_probe(draft: Draft, service: Service, families: Sequence[str], number: int) -> Trial:
    opener = Host((f"198.51.{97 + number // 100}.{130 + number % 100}", f"2001:db8:97::{130 + number:x}"))
    source = next((a for a in opener.addresses if _accepts_family(service, a, families)), opener.addresses[0])
    return Trial(Aim.OPEN, service, Session(opener, _greeting(draft, service), int(service.port), source))


def _wire_probe(service: Service, number: int, families: Sequence[str]) -> Trial:
    source = _GOOD.addresses[0] if any(":" not in a for a in families) else _GOOD.addresses[1]
    greet = Dialogue((Command(f"EHLO {_GOOD.greeting}", "HELO"),))
    return Trial(Aim.OPEN, service, Session(_GOOD, greet, _FIRST_WIRE + number, source, logged=False))


def _wire(service: Service, number: int) -> Stub:
    address = "::1" if ":" in service.address else "127.0.0.1"
    return Stub("relay", f"inet::{_FIRST_WIRE + number}", to=f"{address}:{service.port}")


def _canaries(fitted: Fitted, draft: Draft, outside: Sequence[Service], families: Sequence[str]) -> Iterator[Trial]:
    """Yield a mail of a good client to port 25 from each address family."""
    services = [service for service in outside if service.port == "25"]
    if not fitted.canary.recipient or not services:
        return
    sender = "ann@canary.example"
    for source in _GOOD.addresses:
        if service := next((s for s in services if _accepts_family(s, source, families)), None):
            dialogue = mail(
                helo=_GOOD.greeting, sender=sender, to=fitted.canary.recipient, tls=wants_starttls(draft, service)
            )
            yield Trial(Aim.CANARY, service, Session(_GOOD, dialogue, int(service.port), source), sender)


def _relay_probes(
    fitted: Fitted, draft: Draft, outside: Sequence[Service], families: Sequence[str], mynetworks: str
) -> Iterator[Trial]:
    """Yield, for each listener and family, a stranger, a stranger with a sender in the own domain, and the gateways."""
    own = f"postmaster@{fitted.domain}" if fitted.domain else ""
    senders = [sender for sender in ("eve@stranger.example", own) if sender]
    own_addresses = [(f"198.51.{100 + n // 100}.{130 + n % 100}", f"2001:db8:100::{130 + n:x}")
                     for n in range(len(outside) * len(senders))]  # fmt: skip
    stranger = Host(tuple(a for pair in own_addresses for a in pair) or _GOOD.addresses, name="mail.stranger.example")
    unused = iter(own_addresses)
    for service in outside:
        for sender in senders:
            for source in next(unused):
                if _accepts_family(service, source, families):
                    yield Trial(Aim.RELAY, service, _relay(draft, service, stranger, source, sender), sender)
        for source in gateways(mynetworks):
            if _accepts_family(service, source, families):
                host = Host((source,))
                yield Trial(Aim.GATEWAY, service, _relay(draft, service, host, source, senders[0]), senders[0])


def _further_probes(
    fitted: Fitted, draft: Draft, outside: Sequence[Service], families: Sequence[str]
) -> Iterator[Trial]:
    """Yield the probes that one address family is enough for: IPv4, which every client of theirs has."""
    if not any(":" not in address for address in families):
        return
    mine = [service for service in outside if _accepts_family(service, GATEWAY4, families)]
    user = login_probes.find_user({path: c for daemon in fitted.daemons for path, c in daemon.files.items()})
    if user is not None:
        yield from login_probes.trials(draft, mine, user, fitted.domain or fitted.hostname)
    public = next((service for service in mine if service.port == "25"), None)
    if public is not None:
        yield from recipient_probes.trials(draft, public, "ann@canary.example")
        yield from forged_probes.trials(draft, public)
    if public is not None and fitted.canary.recipient:
        yield from dns_list_probes.trials(draft, public, fitted.dns_lists, fitted.canary.recipient)


def _processes(services: Iterable[Service]) -> int:
    """Return how many sessions at once the listener with the fewest processes can hold; 0 if none has a limit."""
    limits = [int(s.maxproc) for s in services if s.command == "smtpd" and s.maxproc.isdigit()]
    return min((limit for limit in limits if limit), default=0)


def _relay(draft: Draft, service: Service, host: Host, source: str, sender: str) -> Session:
    helo = host.name or host.own_name
    dialogue = mail(helo=helo, sender=sender, to=TARGET, tls=wants_starttls(draft, service))
    return open_session(draft, service, host, source, dialogue)


def _greeting(draft: Draft, service: Service) -> Dialogue:
    greet = Command(f"EHLO {_GOOD.greeting}", "HELO")
    if draft.own_value(service, "smtpd_tls_wrappermode") == "yes":
        return Dialogue((greet,), tls_on_connect=True)
    offers = draft.own_value(service, "smtpd_tls_security_level") in ("may", "encrypt")
    return Dialogue((greet, StartTls(), greet) if offers else (greet,))


def _accepts_family(service: Service, source: str, families: Iterable[str]) -> bool:
    """Whether the listener accepts clients of that address family."""
    mine = [address for address in families if (":" in address) == (":" in source)]
    return bool(mine) and (not service.address or service.address in mine)


def _sockets_to_touch(draft: Draft, agents: Container[str]) -> Iterator[str]:
    for service in draft.services:
        used = service.name in agents or is_used_pipe(draft, service)
        if service.kind == "unix" and (used or service.command not in _QUIET):
            yield f"{'private' if service.private else 'public'}/{service.name}"

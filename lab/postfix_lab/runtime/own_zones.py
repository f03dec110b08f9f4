"""The records that the lab adds to the DNS for names that nobody gave; `World` says what a scenario gives.

For each domain that the configuration takes mail for: an MX record that names the mail host, and for the host's own
domains, not for those of `relay_domains`, the SPF record `v=spf1 mx -all`. For the mail host: its addresses and their
PTR records. For the domain of the default sender: MX and address. No such record is added below the origin of a
written zone, or at a name of which a host of the scenario has a record (`dns/namespace.py`). `lab_records=False` leaves
all of them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from postfix_lab.dns.zone import ZoneText
from postfix_lab.scenario.world import Host, World
from postfix_lab.smtp.dialogue import DEFAULT_SENDER, Burst

if TYPE_CHECKING:
    from postfix_lab.fit.fitted import Fitted
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.scenario.scenario import Scenario

_SENDERS_DOMAIN = ZoneText(
    "good.example. MX 10 mail.good.example.\nmail.good.example. A 203.0.113.10\n",
    "added for the default sender",
    "good.example",
    added=True,
)


def own_domain(setup: Setup) -> str:
    """Return `mydomain` as Postfix has it if it takes mail for it; else the first domain that it takes mail for."""
    return setup.fit().domain


def own_name(setup: Setup) -> str:
    """Return `myhostname` as Postfix has it."""
    return setup.fit().hostname


def own_zones(setup: Setup, addresses: Sequence[str]) -> tuple[ZoneText, ...]:
    """Return the zones that are added for the mail host itself; none with `lab_records=False`."""
    return zones_of(setup.fit(), addresses) if setup.lab_records else ()


def zones_of(fitted: Fitted, addresses: Sequence[str]) -> tuple[ZoneText, ...]:
    """Return the zones of every domain that a fitted configuration takes mail for, and of the host's own name."""
    name = fitted.hostname
    domains = [domain for domain in fitted.domains if domain != name and "." in domain] or [fitted.domain]
    next_hop = fitted.value("relayhost").partition(":")[0].lower()
    own = [
        _next_hop_zone(domain) if domain == next_hop else _domain_zone(domain, name, spf=domain not in fitted.relayed)
        for domain in domains
    ]
    host = World(hosts=(Host(tuple(addresses), name=name),)).dns_zones()
    return (*own, *(replace(text, source=_SOURCE, added=True) for text in host))


def sender_zones(scenario: Scenario) -> tuple[ZoneText, ...]:
    """Return the zone of the default sender's domain if a session names that domain in MAIL, else nothing."""
    domain = "@" + DEFAULT_SENDER.rpartition("@")[2]
    steps = (step for session in scenario.sessions for step in session.dialogue.steps)
    parts = (part for step in steps for part in (step.parts if isinstance(step, Burst) else (step,)))
    said = (getattr(part, "line", "") or getattr(part, "octets", "") for part in parts)
    return (_SENDERS_DOMAIN,) if any(domain in text.lower() for text in said) else ()


_SOURCE = "added for the mail host"


def _next_hop_zone(domain: str) -> ZoneText:
    """Return the zone of a domain whose MX host is the relayhost: not the mail host, and nobody answers there."""
    text = f"{domain}. 300 IN MX 10 relayhost.{domain}.\nrelayhost.{domain}. 300 IN A 198.51.100.26\n"
    return ZoneText(text, _SOURCE, domain, added=True)


def _domain_zone(domain: str, name: str, *, spf: bool) -> ZoneText:
    text = f"{domain}. 300 IN MX 10 {name}.\n" + (f'{domain}. 300 IN TXT "v=spf1 mx -all"\n' if spf else "")
    return ZoneText(text, _SOURCE, domain, added=True)

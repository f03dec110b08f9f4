"""Clients about which a DNS list answers 127.255.255.254, as it does to a public resolver that it does not serve.

The host's own resolver may be one tomorrow. A restriction without a filter (`=127.0.0.[2..11]`) takes that answer for a
listing: it refuses everybody, or, where the list is for good clients, lets everybody pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import ip_address

from postfix_lab.audit.trial import Aim, Trial, open_session
from postfix_lab.dns.zone import ZoneText
from postfix_lab.fit.canary_choice import wants_starttls
from postfix_lab.fit.dns_lists import DnsList
from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.scenario.world import Host, zone
from postfix_lab.smtp.dialogue import mail

REFUSAL = "127.255.255.254"
_MOST = 40


def trials(draft: Draft, service: Service, dns_lists: Iterable[DnsList], recipient: str) -> Iterator[Trial]:
    """Yield a trial for each list: mail of a good client of its own."""
    for host, domain in zip(_hosts(), _domains(dns_lists), strict=False):
        sender = f"ann@{host.own_name}"
        dialogue = mail(helo=host.greeting, sender=sender, to=recipient, tls=wants_starttls(draft, service))
        session = open_session(draft, service, host, host.addresses[0], dialogue.until("RCPT"))
        yield Trial(Aim.REFUSAL, service, session, sender, domain)


def zones(dns_lists: Iterable[DnsList]) -> tuple[ZoneText, ...]:
    """The zones of the lists, each with its refusal of the one client that is tried with it; its names have MX."""
    made = []
    for host, domain in zip(_hosts(), _domains(dns_lists), strict=False):
        reverse = ip_address(host.addresses[0]).reverse_pointer.removesuffix(".in-addr.arpa")
        lines = (f'{name} A {REFUSAL}\n{name} TXT "Error: open resolver"' for name in (reverse, host.own_name))
        made.append(zone("\n".join(lines) + "\n", origin=domain))
    return tuple(made)


def _domains(dns_lists: Iterable[DnsList]) -> list[str]:
    return list(dict.fromkeys(one.domain for one in dns_lists))[:_MOST]


def _hosts() -> Iterator[Host]:
    return (Host(f"198.51.93.{10 + number}", name=f"asked-{number}.canary.example") for number in range(_MOST))

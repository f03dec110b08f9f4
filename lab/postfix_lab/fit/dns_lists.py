"""The DNS lists in which a client of port 25 is looked up (RFC 5782), and whether a listing refuses it.

DNS lists are named by restrictions of smtpd, in its lists and restriction classes, and by postscreen_dnsbl_sites.
Those on the right-hand side of a table are not searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from postfix_lab.fit.draft import Draft
from postfix_lab.postfix.configuration import CLASSES, LISTS
from postfix_lab.postfix.files.master_cf import Service

_BLOCKS = frozenset({
    "reject_rbl", "reject_rbl_client", "reject_rhsbl_client", "reject_rhsbl_reverse_client", "reject_rhsbl_helo",
    "reject_rhsbl_sender", "reject_rhsbl_recipient",
})  # fmt: skip
_ALLOWS = frozenset({"permit_dnswl_client", "permit_rhswl_client"})
LIST_RESTRICTIONS = _BLOCKS | _ALLOWS
"""Restrictions that ask a DNS list, which they name."""
_OF_RECIPIENTS = "reject_rhsbl_recipient"
"""It looks up the recipient's domain, not the client or sender."""
_WORDS = re.compile(r"(?:\{[^{}]*\}|\[[^\[\]]*\]|[^\s,])+")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z0-9-]+\.?")
_OCTET = re.compile(r"\[(\d+)[^\]]*\]|(\d+)")
_LISTED = "127.0.0.2"
_LONGEST = 200
"""Octets of a list's name, so that a client's labels fit in front of it (RFC 1035 section 2.3.4)."""
_SITES = "postscreen_dnsbl_sites"
_CALM = "ignore"


@dataclass(frozen=True)
class DnsList:
    """One DNS list as the configuration names it."""

    domain: str
    by: str
    """The restriction, or `postscreen_dnsbl_sites`."""
    answer: str
    """An answer that its filter accepts as a listing; 127.0.0.2 if it has no filter."""
    blocks: bool = True
    """Whether it is a block list; else it is an allow list."""
    refuses: bool = True
    """Whether a listing alone refuses the client; false in a restriction class, after `warn_if_reject`, ..."""

    @property
    def name(self) -> str:
        """The name of its test: `bl.example.smtpd`."""
        where = "postscreen" if self.by == _SITES else self.by
        return f"{self.domain}.{where}"


def find_dns_lists(draft: Draft) -> tuple[DnsList, ...]:
    """The DNS lists for clients of port 25, one for each domain and restriction."""
    first = next((s for s in draft.services if s.kind == "inet" and s.port == "25"), None)
    screened = first is not None and first.command == "postscreen"
    smtpd = next((s for s in draft.services if s.kind == "pass"), None) if screened else first
    found = [*(_sites(draft, first) if screened else ()), *_restrictions(draft, smtpd)]
    known: dict[tuple[str, str], DnsList] = {}
    for dns_list in found:
        earlier = known.get((dns_list.domain, dns_list.by))
        if earlier is None or (dns_list.refuses and not earlier.refuses):
            known[dns_list.domain, dns_list.by] = dns_list
    return tuple(known.values())


def _value(draft: Draft, service: Service | None, name: str) -> str:
    """The value of a parameter for that service."""
    own = [option.value for option in service.options if option.name == name] if service else []
    return draft.expand(own[-1]) if own else draft.value(name)


def _restrictions(draft: Draft, service: Service | None) -> Iterator[DnsList]:
    for name in LISTS:
        yield from _lists_in(_WORDS.findall(_value(draft, service, name)), refuses=True)
    for name in _WORDS.findall(draft.value(CLASSES)):
        yield from _lists_in(_WORDS.findall(draft.value(name)), refuses=False)


def _lists_in(words: Sequence[str], *, refuses: bool) -> Iterator[DnsList]:
    """The DNS lists that the words of a restriction list name."""
    for number, word in enumerate(words[:-1]):
        by, (domain, _, wanted) = word.lower(), words[number + 1].partition("=")
        if by in LIST_RESTRICTIONS and _is_domain(domain):
            warns = number > 0 and words[number - 1].lower() == "warn_if_reject"
            sure = refuses and by in _BLOCKS and not warns and by != _OF_RECIPIENTS
            yield DnsList(domain.rstrip(".").lower(), by, _example(wanted), by in _BLOCKS, sure)


def _sites(draft: Draft, service: Service | None) -> Iterator[DnsList]:
    """The sites of postscreen; if all together cannot reach the threshold, each one is treated as refusing."""
    found = []
    for word in _WORDS.findall(_value(draft, service, _SITES)):
        site, _, weight = word.partition("*")
        domain, _, wanted = site.partition("=")
        if _is_domain(domain):
            found.append((domain.rstrip(".").lower(), _example(wanted), _number(weight, 1)))
    action = _value(draft, service, "postscreen_dnsbl_action").strip()
    threshold = _number(_value(draft, service, "postscreen_dnsbl_threshold"), 1)
    most = sum(max(weight, 0) for _, _, weight in found)
    for domain, answer, weight in found:
        refuses = weight > 0 and action != _CALM and (weight >= threshold or most < threshold)
        yield DnsList(domain, _SITES, answer, weight > 0, refuses)


def _number(text: str, otherwise: int) -> int:
    return int(text) if re.fullmatch(r"\s*-?\d{1,9}\s*", text) else otherwise


def _is_domain(text: str) -> bool:
    return len(text) <= _LONGEST and _DOMAIN.fullmatch(text) is not None


def _example(wanted: str) -> str:
    """An address that a filter accepts: 127.0.0.2 for `127.0.0.[2..11;13]` (postscreen(8))."""
    octets = [next(filter(None, found)) for found in _OCTET.findall(wanted)]
    try:
        return str(IPv4Address(".".join(octets)))
    except ValueError:  # no filter, or none that Postfix could read
        return _LISTED

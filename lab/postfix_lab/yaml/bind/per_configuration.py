"""Tests that depend on the configuration: one for each DNS list that it names, or for each possible gateway."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING

from postfix_lab.dns.zone import ZoneText
from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.scenario.client_address import client_problem

if TYPE_CHECKING:
    from postfix_lab.fit.dns_lists import DnsList
    from postfix_lab.fit.fitted import Fitted

Item = tuple[str, Mapping[str, str]]
"""The label of a test, and what its words stand for."""
_TYPICAL = {"docker": "172.17.0.1", "router": "192.168.1.1", "router-v6": "fd00::1"}
"""Gateways as container engines and home routers have them, for a configuration that names no network."""
_MOST = 8


def _block_lists(fitted: Fitted) -> Iterator[Item]:
    return (_list(found) for found in fitted.dns_lists if found.blocks and found.refuses)


def _other_lists(fitted: Fitted) -> Iterator[Item]:
    return (_list(found) for found in fitted.dns_lists if not (found.blocks and found.refuses))


def _no_list(fitted: Fitted) -> Iterator[Item]:
    if not fitted.dns_lists:
        yield "", {}


def _list(found: DnsList) -> Item:
    return found.name, {"list": found.domain, "answer": found.answer}


def _gateways(fitted: Fitted) -> Iterator[Item]:
    """Yield the first address of each network in mynetworks; if it has none, the usual addresses of gateways."""
    networks = [network for word in _network_words(fitted) for network in _network(word)]
    for network in networks[:_MOST]:
        address = str(network[1] if network.num_addresses > 2 else network[0])  # noqa: PLR2004 - a network with hosts
        if client_problem(address) is not None:
            continue
        yield address.replace(":", "-").strip("-"), {"gateway": address}
    if not networks:
        yield from ((label, {"gateway": address}) for label, address in _TYPICAL.items())


def _network_words(fitted: Fitted) -> Iterator[str]:
    """Yield the words of mynetworks, and the lines of the files and cidr tables that it names."""
    for word in re.split(r"[\s,]+", fitted.mynetworks):
        path = word.removeprefix("cidr:")
        if path.startswith("/") and path in fitted.files:
            rows = (line.split() for line in split_lines(fitted.files[path].text))
            yield from (row[0] for row in rows if row)
        else:
            yield word


def _network(word: str) -> Iterator[IPv4Network | IPv6Network]:
    """Yield the network of a word, unless it is the loopback or an exclusion (`!`)."""
    try:
        network = ip_network(re.sub(r"\[([^\]]+)\]", r"\1", word), strict=False)
    except ValueError:
        return
    mapped = isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None
    if not (network.is_loopback or mapped):
        yield network


ITEMS: Mapping[str, Callable[[Fitted], Iterator[Item]]] = {
    "block-list": _block_lists,
    "other-list": _other_lists,
    "no-list": _no_list,
    "gateway": _gateways,
}
"""How the items of each kind are found; `vocabulary.scalars.EACH` declares the words."""


def list_zones(fitted: Fitted) -> tuple[ZoneText, ...]:
    """Return an empty zone for every DNS list that the configuration names, so that queries get an answer."""
    names = dict.fromkeys(dns_list.domain for dns_list in fitted.dns_lists)
    return tuple(
        ZoneText(f'{name}. TXT "a DNS list"\n', "derived for a DNS list", ".".join(name.split(".")[-2:]), added=True)
        for name in names
    )


def items(kind: str, fitted: Fitted) -> tuple[Item, ...]:
    """Return what the configuration has of that kind, without duplicates."""
    return tuple({label: (label, words) for label, words in ITEMS[kind](fitted)}.values())

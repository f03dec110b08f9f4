"""Public addresses in mynetworks: whoever has one of them may relay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.postfix.files.place import PlacedWord

Network = IPv4Network | IPv6Network
_PRIVATE = tuple(map(ip_network, (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
    "::1/128", "fc00::/7", "fe80::/10",
)))  # fmt: skip
"""Networks whose addresses no client on the Internet has (RFC 1918, 3927, 4193, 6598)."""
_MAPPED = IPv6Network("::ffff:0:0/96")
_HUGE = {4: 15, 6: 31}
"""The longest prefix of a network that is too large to be one organisation's."""
_WIDE = {4: 24, 6: 48}
"""The longest prefix of a network that is worth a look."""
_STYLES = {"class": "the whole class A, B or C network of the host", "subnet": "the whole subnet of the host"}


def judge(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield a finding for each public network in mynetworks, and for a mynetworks_style that takes neighbours in."""
    for word in written.words("mynetworks"):
        network = parse_network(word.text)
        if network is not None and (severity := _severity(network)):
            yield _finding(written, word, network, severity)
    style = written.draft.value("mynetworks_style").strip()
    if style in _STYLES and not written.parameter_place("mynetworks").line:
        what = f"mynetworks_style = {style} trusts {_STYLES[style]}: every neighbour of the provider's may relay"
        severity = Severity.WARNING if style == "class" else Severity.NOTE
        place = written.parameter_place("mynetworks_style")
        remedy = "write mynetworks_style = host, or list your own networks in mynetworks"
        yield AuditFinding(FindingKind.PUBLIC_NETWORK, severity, place, what, remedy)


def parse_network(text: str) -> Network | None:
    """The network of a pattern, IPv4 also where it is mapped into IPv6; None if it is none, or negated.

    >>> parse_network("[::ffff:127.0.0.0]/104"), parse_network("!10.0.0.1")
    (IPv4Network('127.0.0.0/8'), None)
    """
    try:
        found = ip_network(re.sub(r"\[([^\]]+)\]", r"\1", text), strict=False)
    except ValueError:
        return None
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        address = found.network_address.ipv4_mapped
        return ip_network(f"{address}/{found.prefixlen - 96}", strict=False)
    return found


def is_within(inner: Network, outer: Network) -> bool:
    """Whether a network is part of another; networks of two families are not."""
    if isinstance(inner, IPv4Network):
        return isinstance(outer, IPv4Network) and inner.subnet_of(outer)
    return isinstance(outer, IPv6Network) and inner.subnet_of(outer)


def _severity(network: Network) -> Severity | None:
    if any(is_within(network, private) for private in _PRIVATE):
        return None
    if network.prefixlen <= _HUGE[network.version] or any(is_within(private, network) for private in _PRIVATE):
        return Severity.WARNING
    return Severity.NOTE if network.prefixlen <= _WIDE[network.version] else None


def _finding(written: AdminConfig, word: PlacedWord, network: Network, severity: Severity) -> AuditFinding:
    private = next((private for private in _PRIVATE if is_within(private, network)), None)
    what = f"mynetworks: {word.text} holds public addresses: whoever has one of them may relay"
    remedy = f"write {private}, which is all that is private there" if private and network.prefixlen else ""
    remedy = remedy or "trust the hosts that you run, each by its own address or network"
    place = written.trace_place(word.place)
    return AuditFinding(FindingKind.PUBLIC_NETWORK, severity, place, what, remedy)

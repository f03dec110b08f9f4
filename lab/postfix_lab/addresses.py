"""The lab's own addresses on the fake Internet (RFC 5737 and RFC 3849 documentation ranges).

A scenario may use any other address.
"""

from __future__ import annotations

GATEWAY4 = "192.0.2.1"
GATEWAY6 = "fe80::1"
LOGHOST = "192.0.2.2"
SINK = "192.0.2.24"
RESOLVER = "192.0.2.53"
RESOLVER6 = "2001:db8:2::53"
"""A further address of the DNS while no scenario runs, for manual queries."""
STALE_RESOLVER = "198.51.100.53"
"""The address in an outdated resolv.conf: no DNS answers there."""


_OTHERS = (27, 53)
"""Addresses in use: a client of the SPF test suite, and the resolver."""
_MAIL_HOSTS = tuple(octet for octet in range(25, 90) if octet not in _OTHERS)


def mail_host(number: int) -> tuple[str, str]:
    """IPv4 and IPv6 address of mail host `number`, from 0: 192.0.2.25, .26, .28, ...; both end with the same number."""
    return f"192.0.2.{_MAIL_HOSTS[number]}", f"2001:db8:2::{_MAIL_HOSTS[number]}"


LOGGING = frozenset(f"192.0.2.{octet}" for octet in _MAIL_HOSTS)
"""The addresses that mail hosts log from; the routes to them lead to their cables, so no other host can use them."""

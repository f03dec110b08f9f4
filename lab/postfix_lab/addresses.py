"""The lab's own addresses on the fake Internet (RFC 5737 and RFC 3849 documentation ranges).

A scenario may use any address there is; these few belong to the lab itself.
"""

from __future__ import annotations

GATEWAY4 = "192.0.2.1"
GATEWAY6 = "fe80::1"
LOGHOST = "192.0.2.2"
SINK = "192.0.2.24"
RESOLVER = "192.0.2.53"
RESOLVER6 = "2001:db8:2::53"
"""Where the DNS answers as well while no scenario runs, for whoever asks by hand."""
STALE_RESOLVER = "198.51.100.53"
"""What an outdated resolv.conf names: an address that serves no DNS any more."""


_OTHERS = (27, 53)
"""A client of the SPF test suite, which has to be able to speak, and the resolver."""
_MAIL_HOSTS = tuple(octet for octet in range(25, 90) if octet not in _OTHERS)


def mail_host(number: int) -> tuple[str, str]:
    """IPv4 and IPv6 address of mail host `number`, from 0: 192.0.2.25, .26, .28, ...; the IPv6 one ends alike."""
    return f"192.0.2.{_MAIL_HOSTS[number]}", f"2001:db8:2::{_MAIL_HOSTS[number]}"


LOGGING = frozenset(f"192.0.2.{octet}" for octet in _MAIL_HOSTS)
"""Where mail hosts log from; nobody but them can, for their ways lead to their cables."""

"""The header in which a proxy says whose connection it passes on: the PROXY protocol of HAProxy, versions 1 and 2.

smtpd and postscreen read it before they greet (`smtpd_upstream_proxy_protocol`, `postscreen_upstream_proxy_protocol`).
From then on the announced client is the one that they ask the DNS about, and log.
"""

from __future__ import annotations

import re
import struct
from ipaddress import ip_address

_TEXT = re.compile(r"PROXY TCP[46] (?P<client>\S+) \S+ (?P<port>\d{1,5}) \d{1,5}\r\n")
_SIGNATURE = "\r\n\r\n\0\r\nQUIT\n\x21"
"""The first octets of version 2, with the command PROXY."""
_LENGTHS = {"\x11": 4, "\x21": 16}
"""Octets of an address, by the octet for TCP over IPv4 or IPv6."""
_HEAD = len(_SIGNATURE) + 3


def announced_client(octets: str) -> tuple[str, int] | None:
    r"""Return address and port of the client that a header announces; None if the octets begin with none.

    `octets` is Latin-1 text, one character an octet.

    >>> announced_client("PROXY TCP4 203.0.113.7 192.0.2.25 40000 25\r\n")
    ('203.0.113.7', 40000)
    """
    if match := _TEXT.match(octets):
        client, port = match["client"], int(match["port"])
    elif octets.startswith(_SIGNATURE) and (length := _LENGTHS.get(octets[len(_SIGNATURE) : len(_SIGNATURE) + 1])):
        data = octets[_HEAD:].encode("latin-1")
        if len(data) < 2 * length + 2:
            return None
        client = str(ip_address(data[:length]))
        (port,) = struct.unpack_from("!H", data, 2 * length)
    else:
        return None
    try:
        return str(ip_address(client)), port
    except ValueError:
        return None

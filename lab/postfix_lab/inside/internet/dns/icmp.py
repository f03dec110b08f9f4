"""ICMP *port unreachable* from any address: the reply of a host without a DNS server to a question.

The kernel sends it where nothing listens; here the DNS always does, so the packet is
built here (RFC 792, RFC 4443 section 3.1) and sent through a raw socket, which needs CAP_NET_RAW.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from postfix_lab.errors import LabError

_HEAD = struct.Struct("!BBHI")
_UDP = struct.Struct("!HHHH")
_UDP_PROTOCOL = 17
_IP_PKTINFO, _IPV6_FREEBIND = 8, 78
"""Linux's numbers; Python 3.11 has no names for them."""


class Icmp:
    """Two raw sockets, one for each family; raises `LabError` without CAP_NET_RAW."""

    def __init__(self) -> None:
        try:
            self._four = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
            self._six = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
        except PermissionError as error:
            raise LabError(
                "a DNS that is UNREACHABLE has to send ICMP, and raw sockets are not allowed here: "
                "run as root with CAP_NET_RAW, or let the fault be TIMEOUT or REFUSED"
            ) from error
        self._six.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
        for sock in (self._four, self._six):
            sock.settimeout(0)

    def port_unreachable(self, server: str, port: int, client: str, client_port: int) -> None:
        """Tell the client that nothing listens at that address and port; errors of sending are ignored."""
        six = ":" in server
        family, sock = (socket.AF_INET6, self._six) if six else (socket.AF_INET, self._four)
        source, target = (socket.inet_pton(family, address) for address in (server, client))
        asked = _UDP.pack(client_port, port, _UDP.size, 0)
        if six:
            quoted = struct.pack("!IHBB", 6 << 28, len(asked), _UDP_PROTOCOL, 64) + target + source + asked
            packet = _HEAD.pack(1, 4, 0, 0) + quoted  # The kernel fills in an ICMPv6 checksum (RFC 3542 section 3.1).
            info = (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO, source + bytes(4))
        else:
            head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(asked), 0, 0, 64, _UDP_PROTOCOL, 0)
            quoted = head + target + source + asked
            packet = _HEAD.pack(3, 3, _checksum(_HEAD.pack(3, 3, 0, 0) + quoted), 0) + quoted
            info = (socket.IPPROTO_IP, _IP_PKTINFO, bytes(4) + source * 2)
        with suppress(OSError):
            sock.sendmsg([packet], [info], 0, (client, 0))

    def close(self) -> None:
        """Close both."""
        self._four.close()
        self._six.close()


def _checksum(octets: bytes) -> int:
    """Return the Internet checksum (RFC 1071) of an even number of octets."""
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF

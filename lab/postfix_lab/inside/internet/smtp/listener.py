"""A listening TCP socket at one address of the Internet."""

from __future__ import annotations

import socket

from postfix_lab.errors import LabError


def bind_tcp(address: str, port: int) -> socket.socket:
    """Return a bound TCP socket for `create_server`; raises `LabError` if the address cannot be bound."""
    # asyncio disables Nagle's algorithm only if the protocol is given; with it each LHLO would take 40 ms.
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address, port))
    except OSError as error:
        sock.close()
        raise LabError(f"cannot listen at {address} port {port}: {error.strerror}") from error
    return sock

"""Whose connection a proxy passes on."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from postfix_lab.smtp.proxy_protocol import announced_client

SIGNATURE = "\r\n\r\n\0\r\nQUIT\n"


def binary(client: str, port: int, command: str = "\x21", cut: int | None = None) -> str:
    """A header of version 2, for a connection to the same address."""
    packed = ip_address(client).packed
    family = "\x11" if len(packed) == 4 else "\x21"
    data = (packed + packed + port.to_bytes(2, "big") + b"\0\x19").decode("latin-1")
    return f"{SIGNATURE}{command}{family}\0{chr(len(data))}{data}"[:cut] + ("" if cut else "EHLO x\r\n")


@pytest.mark.parametrize(
    "octets, client",
    [
        ("PROXY TCP4 203.0.113.7 192.0.2.25 40000 25\r\nEHLO x\r\n", ("203.0.113.7", 40000)),
        ("PROXY TCP6 2001:DB8:0::7 2001:db8::25 1 25\r\n", ("2001:db8::7", 1)),
        ("PROXY UNKNOWN\r\n", None),
        ("PROXY TCP4 nobody 192.0.2.25 40000 25\r\n", None),
        ("PROXY TCP4 203.0.113.7 192.0.2.25 40000 25", None),
        (" PROXY TCP4 203.0.113.7 192.0.2.25 40000 25\r\n", None),
        (binary("203.0.113.7", 40000), ("203.0.113.7", 40000)),
        (binary("2001:db8::7", 256), ("2001:db8::7", 256)),
        (binary("203.0.113.7", 40000, "\x20"), None),
        (binary("203.0.113.7", 40000, cut=25), None),
        (SIGNATURE, None),
        ("EHLO x\r\n", None),
        ("", None),
    ],
)
def test_announced_client(octets: str, client: tuple[str, int] | None) -> None:
    """By a header of either version that is complete; a local or unknown connection is the proxy's own."""
    assert announced_client(octets) == client

"""The Internet's routing table: every address is local, except those of the mail hosts (docs/adr/0001)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

from postfix_lab.addresses import GATEWAY4, GATEWAY6


def make_every_address_local() -> None:
    """Make every IPv4 and IPv6 address local."""
    _ip(
        "link set lo up",
        "route add local 0.0.0.0/0 dev lo table local",
        "route add local ::/0 dev lo table local",
    )


def add_route(device: str, addresses: Iterable[str]) -> None:
    """Route the addresses of a mail host to the network device of its cable."""
    _ip(*route_commands(device, addresses))


def route_commands(device: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """Return lines for ip(8) that route the addresses of a mail host to the network device of its cable."""
    return (
        f"addr add {GATEWAY4}/32 dev {device}",
        f"addr add {GATEWAY6}/64 dev {device} nodad",
        f"link set {device} up",
        *(
            f"route add unicast {address}{'/128' if ':' in address else ''} dev {device} table local"
            for address in addresses
        ),
    )


def _ip(*lines: str) -> None:
    done = subprocess.run(["ip", "-batch", "-"], input="\n".join(lines).encode(), capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"ip -batch failed: {done.stderr.decode().strip()}")

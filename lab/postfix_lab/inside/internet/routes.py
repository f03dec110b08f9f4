"""The Internet's routing table: every address is local, but for those of the mail hosts (docs/adr/0001)."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable

from postfix_lab.addresses import GATEWAY4, GATEWAY6


def own_every_address() -> None:
    """Make every IPv4 and IPv6 address local."""
    _ip(
        "link set lo up",
        "route add local 0.0.0.0/0 dev lo table local",
        "route add local ::/0 dev lo table local",
    )


def lead_to(device: str, addresses: Iterable[str]) -> None:
    """Lay the way to a mail host, which is behind that cable."""
    _ip(*way_to(device, addresses))


def way_to(device: str, addresses: Iterable[str]) -> tuple[str, ...]:
    """The way to a mail host which is behind that cable, as lines for ip(8)."""
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

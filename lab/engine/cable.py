"""The cable: the one link that a mail host has, a veth pair into the Internet.

A short-lived container joins the mail host's network namespace and the Internet's process
namespace, lays the cable and is gone. So neither of the two needs more than it has: nothing is
privileged, and the mail host gets no capability at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lab.addresses import GATEWAY4, GATEWAY6
from lab.errors import LabError

if TYPE_CHECKING:
    from lab.engine.container import Container, Containers


def plug(
    containers: Containers, internet: Container, mail_host: Container, number: int, addresses: Sequence[str]
) -> str:
    """Lay cable `number` between the two and return the name of the Internet's end.

    The mail host gets its addresses and a default route; the Internet's side is the agent's work.
    """
    device = f"cable{number}"
    script = "\n".join(
        (
            "link set lo up",
            f"link add eth0 type veth peer name {device} netns 1",
            *(f"addr add {a}/{128 if ':' in a else 32} dev eth0{' nodad' if ':' in a else ''}" for a in addresses),
            "link set eth0 up",
            f"route add default via {GATEWAY4} dev eth0 onlink",
            f"route add ::/0 via {GATEWAY6} dev eth0",
        )
    )
    status, output = containers.run_once(
        "internet",
        ["/bin/sh", "-c", f"printf '%s\\n' '{script}' | ip -batch -"],
        network_mode=f"container:{mail_host.id}",
        pid_mode=f"container:{internet.id}",
        cap_drop=["ALL"],
        cap_add=["NET_ADMIN", "SYS_PTRACE"],
    )
    if status:
        raise LabError(
            f"laying the cable of {mail_host.name} failed with status {status}: {output.strip()}. "
            "The engine must let a container with NET_ADMIN and SYS_PTRACE join other namespaces; see docs/adr/0001."
        )
    return device

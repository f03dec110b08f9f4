"""The cable: the one link that a mail host has, a veth pair into the Internet.

Neither of the two lays it, so neither needs more than it has: nothing is privileged, and the mail host gets no
capability at all. Where this process may enter the mail host's network namespace, which root may on the engine's own
machine, it has this machine's ip(8) do it there; elsewhere a short-lived container, which joins the mail host's network
namespace and the Internet's process namespace, and which costs a third of what it costs to start a mail host.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING

from postfix_lab.addresses import GATEWAY4, GATEWAY6
from postfix_lab.engine.client import has_capability
from postfix_lab.errors import LabError

if TYPE_CHECKING:
    from postfix_lab.engine.container import Container, Containers

_SYS_ADMIN = 21
"""The capability that it takes to enter a namespace (capabilities(7))."""


def plug(  # noqa: PLR0913, PLR0917 - both ends, and what each of them gets
    containers: Containers,
    internet: Container,
    mail_host: Container,
    device: str,
    addresses: Sequence[str],
    way: Sequence[str],
) -> bool:
    """Lay a cable between the two, whose end in the Internet is called `device`.

    The mail host gets its addresses and a default route. Returns whether the Internet has its `way` there as well,
    lines for ip(8); else its agent has to lay it.
    """
    outside, inside = internet.process(), mail_host.process()
    if outside and inside and has_capability(_SYS_ADMIN) and all(map(shutil.which, ("nsenter", "ip"))):
        _enter(inside, _near_end(device, outside, addresses))
        _enter(outside, way)
        return True
    script = "\n".join(_near_end(device, 1, addresses))
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
    return False


def _near_end(device: str, internet: int, addresses: Sequence[str]) -> tuple[str, ...]:
    """Lines for ip(8) in the mail host's network namespace; `internet` is the process that the far end goes to."""
    return (
        "link set lo up",
        f"link add eth0 type veth peer name {device} netns {internet}",
        *(f"addr add {a}/{128 if ':' in a else 32} dev eth0{' nodad' if ':' in a else ''}" for a in addresses),
        "link set eth0 up",
        f"route add default via {GATEWAY4} dev eth0 onlink",
        f"route add ::/0 via {GATEWAY6} dev eth0",
    )


def _enter(process: int, lines: Sequence[str]) -> None:
    """Have ip(8) do this in the network namespace of a process."""
    command = ["nsenter", f"--net=/proc/{process}/ns/net", "ip", "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip()
        raise LabError(
            f"`{' '.join(command)}` failed while a cable was laid: {said}. Where one of the two "
            "is not in PATH a container lays it instead; see docs/adr/0001."
        )

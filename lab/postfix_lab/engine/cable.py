"""The cable: the one link that a mail host has, a veth pair into the Internet.

Neither container makes it, so neither is privileged, and the mail host gets no capability at all. Where this process
may enter the mail host's network namespace (as root on the engine's own machine) it runs this machine's ip(8) there.
Elsewhere a short-lived container does it, which joins the mail host's network namespace and the Internet's process
namespace; that takes a third of the time of starting a mail host.
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
"""CAP_SYS_ADMIN, which is needed to enter a namespace (capabilities(7))."""


def plug(  # noqa: PLR0913, PLR0917 - both ends, and what each of them gets
    containers: Containers,
    internet: Container,
    mail_host: Container,
    device: str,
    addresses: Sequence[str],
    way: Sequence[str],
) -> bool:
    """Connect the two by a veth pair, whose end in the Internet is named `device`.

    The mail host gets its addresses and a default route. `way`: lines for ip(8) that route these addresses in the
    Internet. Returns whether they were run too; else the agent has to run them. Raises `LabError`.
    """
    outside, inside = internet.process(), mail_host.process()
    if outside and inside and has_capability(_SYS_ADMIN) and all(map(shutil.which, ("nsenter", "ip"))):
        _run_ip(inside, _near_end(device, outside, addresses))
        _run_ip(outside, way)
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
    """Return lines for ip(8) in the mail host's network namespace; `internet`: the process that gets the far end."""
    return (
        "link set lo up",
        f"link add eth0 type veth peer name {device} netns {internet}",
        *(f"addr add {a}/{128 if ':' in a else 32} dev eth0{' nodad' if ':' in a else ''}" for a in addresses),
        "link set eth0 up",
        f"route add default via {GATEWAY4} dev eth0 onlink",
        f"route add ::/0 via {GATEWAY6} dev eth0",
    )


def _run_ip(process: int, lines: Sequence[str]) -> None:
    """Run these lines with ip(8) in the network namespace of a process."""
    command = ["nsenter", f"--net=/proc/{process}/ns/net", "ip", "-batch", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip()
        raise LabError(
            f"`{' '.join(command)}` failed while a cable was laid: {said}. Where one of the two "
            "is not in PATH a container lays it instead; see docs/adr/0001."
        )

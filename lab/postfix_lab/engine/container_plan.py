"""What a container is to be, before there is one: said once, and put into the words of those who start it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postfix_lab.engine.program import Program


@dataclass(frozen=True)
class ContainerPlan:
    """A container without a network, whose main process is spoken to through its standard input."""

    name: str
    image: str
    """`internet`, `postfix-<release>`."""
    code: Program
    """What its main process runs."""
    mounts: Mapping[str, str] = field(default_factory=dict)
    """File systems in memory: a folder and the options that it is mounted with."""
    hostname: str | None = None
    capabilities: tuple[str, ...] = ()
    """What it has beyond those that the engine gives to everybody (capabilities(7))."""
    sysctls: Mapping[str, str] = field(default_factory=dict)

    def container_name(self, run: str) -> str:
        """What the engine calls it in that run."""
        return f"postfix-lab-{run}-{re.sub(r'[^a-z0-9]+', '-', self.name.lower())}"

    def keywords(self) -> dict[str, Any]:
        """For docker-py, beside the image, the command, the name and what is mounted."""
        return {
            "network": "none",
            "network_disabled": True,
            "stdin_open": True,
            "hostname": self.hostname,
            "cap_add": list(self.capabilities),
            "sysctls": dict(self.sysctls),
        }

    def request(self, image: str, labels: Mapping[str, str]) -> dict[str, Any]:
        """All of it for the engine itself (Docker Engine API, ContainerCreate); it ends when nobody is attached."""
        return {
            "Image": image,
            "Cmd": self.code.command,
            "Hostname": self.hostname or "",
            "Labels": dict(labels),
            "NetworkDisabled": True,
            "OpenStdin": True,
            "StdinOnce": True,
            "AttachStdin": True,
            "AttachStdout": True,
            "AttachStderr": True,
            "HostConfig": {
                "NetworkMode": "none",
                "CapAdd": list(self.capabilities) or None,
                "Sysctls": dict(self.sysctls),
                "Tmpfs": dict(self.mounts),
            },
        }

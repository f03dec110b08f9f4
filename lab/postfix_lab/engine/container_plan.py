"""The plan of a container, and its form for docker-py and for the engine's API."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from postfix_lab.engine.program import Program


@dataclass(frozen=True)
class ContainerPlan:
    """A container without a network, whose main process takes requests on its standard input."""

    name: str
    image: str
    """`internet`, `postfix-<release>`."""
    code: Program
    """The program of its main process."""
    mounts: Mapping[str, str] = field(default_factory=dict)
    """File systems in memory: a folder and its mount options."""
    hostname: str | None = None
    capabilities: tuple[str, ...] = ()
    """Capabilities beyond the engine's default ones (capabilities(7))."""
    sysctls: Mapping[str, str] = field(default_factory=dict)

    def container_name(self, run: str) -> str:
        """Return the engine's name for it in that run."""
        return f"postfix-lab-{run}-{re.sub(r'[^a-z0-9]+', '-', self.name.lower())}"

    def keywords(self) -> dict[str, Any]:
        """Return the keywords for docker-py, besides image, command, name and mounts."""
        return {
            "network": "none",
            "network_disabled": True,
            "stdin_open": True,
            "hostname": self.hostname,
            "cap_add": list(self.capabilities),
            "sysctls": dict(self.sysctls),
        }

    def request(self, image: str, labels: Mapping[str, str]) -> dict[str, Any]:
        """Return the body of ContainerCreate (Docker Engine API); it ends with its attach connection."""
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

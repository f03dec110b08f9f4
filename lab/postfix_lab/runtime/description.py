"""Describes a mail host in a setup: versions in its image, and the configuration as Postfix reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from posixpath import basename
from typing import TYPE_CHECKING

from postfix_lab.fit.postconf_warnings import postconf_warnings
from postfix_lab.inside.mailhost.init import MASTER_PID
from postfix_lab.postfix.configuration import Configured, query_postconf
from postfix_lab.postfix.parameters import ETC

if TYPE_CHECKING:
    from postfix_lab.fit.delta import Delta
    from postfix_lab.runtime.setup import Setup

_VERSIONS = "/usr/share/postfix-lab/versions"
"""Written when the image was built: a package and its version a line, and `mail_version`."""
_LARGEST = 200_000
"""The longest source of a table, in characters, that evidence holds."""
ALIVE = f"read -r pid <{MASTER_PID} && grep -q '^State:.[^ZX]' /proc/$pid/status"
"""Succeeds where master(8) runs; `postfix status` tells the same but also logs it."""


@dataclass(frozen=True)
class Description:
    """Versions and configuration of a mail host; empty before `describe`."""

    postconf: str = ""
    """What `postconf -n` printed."""
    configured: Configured | None = None
    """The configuration as an explanation needs it; only with the setup's `trace`."""
    warnings: tuple[Delta, ...] = ()
    """Postfix's warnings about the admin's files."""
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def postfix(self) -> str:
        """`mail_version`."""
        return self.versions["mail_version"]

    @property
    def policyd_spf(self) -> str:
        """The package's version; empty where it is not installed."""
        return self.versions.get("postfix-policyd-spf-python", "")

    @property
    def spf_dns_library(self) -> str:
        """The DNS library that pyspf uses there."""
        return "dnspython" if self.versions.get("python3-dnspython") else "py3dns"


def describe(shell: Callable[[str], str], setup: Setup) -> Description:
    """Ask a mail host that is in that setup; `shell` runs a command in it."""
    versions, _, postconf = shell(f"cat {_VERSIONS}; echo; postconf -n").partition("\n\n")
    written = setup.original_text("main.cf"), setup.original_text("master.cf")
    return Description(
        postconf,
        query_postconf(shell, *written, tuple(setup.main), _tables(setup, written)) if setup.trace else None,
        postconf_warnings(postconf, setup.source),
        dict(row.split(" ", 1) for row in versions.splitlines() if " " in row),
    )


def _tables(setup: Setup, written: tuple[str, str]) -> dict[str, str]:
    """Return the sources of the tables that the configuration names, or may name by `$name`, by their path."""
    source, named = setup.source, "\n".join((*written, *setup.main.values()))
    inside = {f"{ETC}/{name}": text for name, text in source.files.items() if name not in (source.main, source.master)}
    found = {**source.elsewhere, **source.neighbours, **inside}
    return {
        path: text
        for path, text in found.items()
        if basename(path) in named and "\0" not in text and len(text) <= _LARGEST
    }

"""Which mail host it was, and in what its configuration differs from the admin's."""

from __future__ import annotations

from dataclasses import dataclass

RELEASES = {11: "bullseye", 12: "bookworm", 13: "trixie"}
"""The releases of Debian that a mail host can be, with their names."""
CANCELLING = frozenset({13})
"""Those whose cleanup(8) logs `removed (canceled)` for a message that was never completed: Postfix 3.10."""


@dataclass(frozen=True)
class Delta:
    """One thing that the lab changed in the configuration under test, and why."""

    what: str
    """A parameter (`local_transport`), a service of master.cf or a file."""
    value: str
    reason: str
    file: str = ""
    """The admin's file that it stands for, by its name in the folder; empty where it is the lab's own."""
    line: int = 0
    """The line of that file, from 1; 0 where no single line is meant."""


@dataclass(frozen=True)
class MailHostFacts:
    """The mail host that a session met."""

    debian: int
    """11, 12 or 13."""
    release: str
    """`bullseye`, `bookworm` or `trixie`."""
    postfix: str
    """`mail_version`, e.g. `3.7.11`."""
    policyd_spf: str
    """Package version, e.g. `3.0.4`; empty where it is not installed."""
    spf_dns_library: str
    """The DNS library that pyspf uses there: `py3dns` or `dnspython`."""
    addresses: tuple[str, ...]
    configuration: str
    """Name or path of the configuration directory."""
    chroot: str
    """The chroot state: `packaged`, `empty`, `stale`, `copied` or `off`."""
    overrides: tuple[str, ...] = ()
    """What the scenario changed in it: `main.cf unknown_client_reject_code = 550`."""
    deltas: tuple[Delta, ...] = ()
    image: str = ""
    """Digest of the image."""
    ahead: float = 0.0
    """Seconds that Postfix's own clock was ahead of the world's."""

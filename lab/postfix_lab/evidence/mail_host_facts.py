"""The facts about a mail host: release, packages, addresses, configuration, and its differences from the admin's."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.fit.delta import Delta


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
    """The parameters that the scenario set: `main.cf unknown_client_reject_code = 550`."""
    deltas: tuple[Delta, ...] = ()
    content_filters: tuple[str, ...] = ()
    """What `content_filter` names in main.cf or for a service of master.cf: `scan:[127.0.0.1]:10024`."""
    image: str = ""
    """Digest of the image."""
    ahead: float = 0.0
    """Seconds that Postfix's own clock was ahead of the world's."""

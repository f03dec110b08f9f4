"""Events that master(8) logs about the mail system as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MasterStarted:
    """`postfix start` is complete; `version` is mail_version."""

    version: str


@dataclass(frozen=True)
class Reloaded:
    """`postfix reload` is complete."""

    version: str


@dataclass(frozen=True)
class Stopped:
    """master(8) ends."""

    signal: int

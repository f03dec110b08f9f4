"""What master(8) says of the mail system's own life, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MasterStarted:
    """`postfix start` is through; `version` is mail_version."""

    version: str


@dataclass(frozen=True)
class Reloaded:
    """`postfix reload` is through."""

    version: str


@dataclass(frozen=True)
class Stopped:
    """master(8) ends."""

    signal: int

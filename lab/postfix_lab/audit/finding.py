"""A finding: what is wrong with a configuration, where it is written, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Mail is lost, refused or open to everybody."""
    WARNING = "warning"
    """Postfix complains, or something does not do what it is written for."""
    NOTE = "note"
    """Worth knowing; no reason for an exit code."""


class FindingKind(StrEnum):
    """What it is about; `--ignore` takes these words."""

    REFUSED = "refused"
    FATAL = "fatal"
    WARNED = "warning"
    UNUSED = "unused-parameter"
    LISTENER = "listener"
    CANARY = "canary"
    RELAY = "open-relay"
    GATEWAY = "gateway-relay"
    DEAD = "dead-restriction"
    OVERLAP = "domain-overlap"
    TABLE = "table"
    TRANSPORT = "transport"
    SOCKET = "socket"
    CHROOT = "chroot"


@dataclass(frozen=True)
class FilePlace:
    """A file of the admin's folder, by its name in it, and a line; 0 where no single line is meant."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Finding:
    """One thing that was found."""

    kind: FindingKind
    severity: Severity
    place: FilePlace
    what: str
    """What is wrong, in a sentence without its full stop."""
    remedy: str
    """What to do."""
    evidence: tuple[str, ...] = ()
    """What it rests on: lines of the log, replies."""

    @property
    def matters(self) -> bool:
        """Whether the exit code tells of it."""
        return self.severity is not Severity.NOTE

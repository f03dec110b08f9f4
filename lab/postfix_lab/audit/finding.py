"""A finding: what is wrong with a configuration, where it is written, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Mail is lost or refused, or anybody may relay."""
    WARNING = "warning"
    """Postfix logs a warning, or a setting does not have its intended effect."""
    NOTE = "note"
    """Information only; does not change the exit code."""


class FindingKind(StrEnum):
    """The subject of a finding; `--ignore` takes these words, and docs/findings.md has a section for each."""

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
    SUBMISSION = "submission"
    WRAPPERMODE = "wrappermode"
    NOT_DELIVERED = "not-delivered"
    BACKSCATTER = "backscatter"
    LIST_REFUSAL = "dns-list-refusal"
    LIST_GONE = "dns-list-gone"
    AUTH_IN_CLEAR = "auth-before-tls"
    CALLOUT = "callout"
    OTHERS_DOMAIN = "others-domain"
    PUBLIC_NETWORK = "public-mynetworks"
    LATE_EXCEPTION = "late-exception"
    TABLE_KEY = "table-key"
    UNDEFINED = "undefined-parameter"
    DISARMED = "disarmed-restriction"
    SIZES = "size-limits"
    LEVEL = "compatibility-level"
    TABLE_TYPE = "table-type"


@dataclass(frozen=True)
class FilePlace:
    """A file of the admin's folder, by its name there, and a line; 0 if no single line is meant."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class AuditFinding:
    """One finding about a configuration."""

    kind: FindingKind
    severity: Severity
    place: FilePlace
    what: str
    """What is wrong, in a sentence without its full stop."""
    remedy: str
    """What to do."""
    evidence: tuple[str, ...] = ()
    """The evidence for it: log lines, replies."""

    @property
    def matters(self) -> bool:
        """Whether the finding changes the exit code."""
        return self.severity is not Severity.NOTE

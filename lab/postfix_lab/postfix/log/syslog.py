"""One line of syslog as the loghost received it (RFC 5424)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SyslogLine:
    """A received syslog line; `at` is its own time stamp, seconds since the epoch with microseconds."""

    at: float
    peer: str
    """The address that sent it: which mail host."""
    host: str
    program: str
    """The tag without the process id: `postfix/smtpd`, `policyd-spf`."""
    pid: int | None
    severity: int
    text: str

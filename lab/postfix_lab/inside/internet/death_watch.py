"""Shortens timeouts once the log reports a dead daemon.

A client whose smtpd(8) died, or whose smtpd waits for another daemon that died, would wait for the reply until its
own timeout. After the log line a few seconds are enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.daemon_death import is_death, is_master_death, is_server_death
from postfix_lab.text import printable, shorten

if TYPE_CHECKING:
    from postfix_lab.inside.internet.smtp.client_connection import ClientConnection
    from postfix_lab.postfix.log import LogLine

_NEVER = float("inf")
_ALONE = 1.0
"""The timeout after master(8) died: it starts all other daemons, so nothing follows."""
_THROTTLED = 5.0
"""The timeout after a server could not start, where none was asked for: other processes of it may still answer."""


class DeathWatch:
    """Shorten reply timeouts of a run to `seconds` once the log reports a dead daemon.

    With 0 only two ends count, after which nobody answers: that of master(8), and of a server that cannot start.
    """

    def __init__(self, seconds: float, mail_hosts: Collection[str], before: Iterable[LogLine] = ()) -> None:
        """`before`: what was logged so far."""
        self._asked, self._left, self._mail_hosts = seconds, _ALONE, mail_hosts
        self._lines: list[ClientConnection] = []
        self.died = ""
        """The log line about the first dead daemon; empty while there is none."""
        self.deadline = _NEVER
        """When all waiting should end, on the loop's clock."""
        for line in before:
            self.check_line(line)

    def add_connection(self, line: ClientConnection) -> None:
        """Add the connection of a session, whose timeout is to be shortened."""
        self._lines.append(line)
        if self.died:
            line.shorten_timeout(self._left, self.died)

    def check_line(self, line: LogLine) -> None:
        """Shorten the timeouts if this log line reports a dead daemon of the run's mail hosts."""
        if line.peer not in self._mail_hosts or (seconds := self._seconds_after(line)) is None:
            return
        self._left = seconds
        self.died = self.died or shorten(printable(f"{line.program}: {line.text}"), 200)
        self.deadline = asyncio.get_running_loop().time() + self._left
        for session in self._lines:
            session.shorten_timeout(self._left, self.died)

    def _seconds_after(self, line: LogLine) -> float | None:
        """How long to wait after this log line; None where it reports no end that counts."""
        if is_master_death(line):
            return self._asked or _ALONE
        if self._asked:
            return self._asked if is_death(line) else None
        return _THROTTLED if is_server_death(line) else None

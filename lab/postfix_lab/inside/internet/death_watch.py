"""The watch over daemons that die: whoever waits for one learns it from the log, not from a limit that runs out.

A client whose smtpd(8) died, or whose smtpd waits for another daemon that did, would wait for the reply until its
own limit. From the moment at which the log says so, a few seconds have to do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from postfix_lab.postfix.log.daemon_death import is_death, is_master_death
from postfix_lab.text import printable, shorten

if TYPE_CHECKING:
    from postfix_lab.inside.internet.smtp.client_connection import ClientConnection
    from postfix_lab.postfix.log import LogLine

_NEVER = float("inf")
_ALONE = 1.0
"""Seconds that are left without master(8), which starts every other daemon: nothing comes behind it."""


class Watch:
    """Hurries the sessions of one run when a daemon of their mail hosts dies; with no seconds, when master(8) does."""

    def __init__(self, seconds: float, mail_hosts: Collection[str], before: Iterable[LogLine] = ()) -> None:
        """`before` is what was logged so far."""
        self._any, self._left, self._mail_hosts = seconds > 0, seconds or _ALONE, mail_hosts
        self._lines: list[ClientConnection] = []
        self.died = ""
        """The words of the first that died."""
        self.deadline = _NEVER
        """When everything that is waited for should be over, on the loop's clock."""
        for line in before:
            self.see(line)

    def enlist(self, line: ClientConnection) -> None:
        """Watch over one more session."""
        self._lines.append(line)
        if self.died:
            line.hurry(self._left, self.died)

    def see(self, line: LogLine) -> None:
        """Look at a line of the log."""
        if line.peer not in self._mail_hosts or not (is_master_death(line) or (self._any and is_death(line))):
            return
        self.died = self.died or shorten(printable(f"{line.program}: {line.text}"), 200)
        self.deadline = asyncio.get_running_loop().time() + self._left
        for session in self._lines:
            session.hurry(self._left, self.died)

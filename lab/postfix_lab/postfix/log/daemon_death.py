"""Log lines about a daemon that has died. Its clients wait for a reply that does not come.

master(8) starts a daemon again only after a delay (`throttling`), and accepts connections for it meanwhile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postfix_lab.postfix.log.grammar import LogLine

_LAST_WORDS = re.compile(r"bad command startup -- throttling|connect #\d+ to subsystem ")
"""master(8) reports a daemon that fails at its start; or a daemon cannot connect to another one (ipc_timeout: 1 h)."""
_NO_SERVER = re.compile(r"/(?:smtpd|postscreen): bad command startup -- throttling")
"""master(8) reports that no server answers clients: it starts none again for service_throttle_time, 60 s."""
_POSTFIX = "postfix"
GONE = "master(8) is gone"
"""What the mail host's first process logs if master(8) has ended without a stop; a killed master(8) logs nothing."""
_LONELY = ("private/", "problem talking to ")
"""Texts of lines in which a daemon cannot reach another one."""


def is_death(line: LogLine) -> bool:
    """Whether the line says that a daemon of Postfix has died: its own last line, or another daemon's report."""
    if not line.program.startswith(_POSTFIX):
        return False
    return line.level in ("fatal", "panic") or _LAST_WORDS.search(line.text) is not None


def is_server_death(line: LogLine) -> bool:
    """Whether the line says that smtpd(8) or postscreen(8) cannot start, so that clients of it wait for nothing."""
    return line.program == f"{_POSTFIX}/master" and _NO_SERVER.search(line.text) is not None


def is_master_death(line: LogLine) -> bool:
    """Whether the line says that master(8) has died, so that no daemon is started any more."""
    return line.program == "postfix-lab" and line.text.startswith(GONE)


def may_miss_daemon(log: Iterable[LogLine]) -> bool:
    """Whether a daemon could not reach another one; true if master(8) has died, and sometimes if it has not."""
    text = "\n".join([line.text for line in log])  # One search takes a fifth of the time of a search in each line.
    return any(word in text for word in _LONELY)

"""Daemons that die: what the log says of one, at once, while its clients wait for a reply that does not come.

master(8) starts a daemon again only after a while (`throttling`), and takes connections for it meanwhile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postfix_lab.postfix.log.grammar import LogLine

_LAST_WORDS = re.compile(r"bad command startup -- throttling|connect #\d+ to subsystem ")
"""master(8) gives up on a daemon; or another one does not get to it, and will try for an hour (ipc_timeout)."""
_POSTFIX = "postfix"
GONE = "master(8) is gone"
"""What the mail host's first process logs when it is, and nobody has stopped it; killed, it has no last words."""
_LONELY = ("private/", "problem talking to ")
"""Words of a line in which a daemon says that it does not get to another one."""


def is_death(line: LogLine) -> bool:
    """Whether a daemon of Postfix says its last words there, or another says that it is gone."""
    if not line.program.startswith(_POSTFIX):
        return False
    return line.level in ("fatal", "panic") or _LAST_WORDS.search(line.text) is not None


def is_master_death(line: LogLine) -> bool:
    """Whether master(8) has died there, so that no daemon is started any more."""
    return line.program == "postfix-lab" and line.text.startswith(GONE)


def misses_daemon(log: Iterable[LogLine]) -> bool:
    """Whether a daemon may miss another one there: it is told so where master(8) is gone, and in other cases."""
    text = "\n".join([line.text for line in log])  # A fifth of the time of a search in each.
    return any(word in text for word in _LONELY)

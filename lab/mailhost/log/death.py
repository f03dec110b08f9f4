"""Daemons that die: what the log says of one, at once, while its clients wait for a reply that does not come.

master(8) starts a daemon again only after a while (`throttling`), and takes connections for it meanwhile.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.mailhost.log.grammar import LogLine

_LAST_WORDS = re.compile(r"bad command startup -- throttling|connect #\d+ to subsystem ")
"""master(8) gives up on a daemon; or another one does not get to it, and will try for an hour (ipc_timeout)."""
_POSTFIX = "postfix"


def died(line: LogLine) -> bool:
    """Whether a daemon of Postfix says its last words there, or another says that it is gone."""
    if not line.program.startswith(_POSTFIX):
        return False
    return line.level in ("fatal", "panic") or _LAST_WORDS.search(line.text) is not None

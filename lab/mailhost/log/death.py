"""Daemons that die: what the log says of one, at once, while its clients wait for a reply that does not come.

master(8) starts a daemon again only after a while (`throttling`), and takes connections for it meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.mailhost.log.grammar import LogLine

_THROTTLED = "bad command startup -- throttling"
_POSTFIX = "postfix"


def died(line: LogLine) -> bool:
    """Whether a daemon of Postfix says its last words there, or master(8) says that it gave up on one."""
    if not line.program.startswith(_POSTFIX):
        return False
    return line.level in ("fatal", "panic") or _THROTTLED in line.text

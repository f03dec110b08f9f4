"""What a run leaves behind in a mail host, as far as its log tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lab.mailhost.log import LogLine

_CACHES = ("postscreen", "reject_unverified_", "_rate_limit")
"""Words of a configuration in which Postfix remembers clients: in files, or in anvil(8)'s memory."""
_STAYS = (" status=deferred ", " hold: ", " milter-hold: ")
"""What the log says of a message that stays in the queue."""


@dataclass
class Wear:
    """What has to be undone before the next test."""

    unclean: bool = False
    """A message may be in the queue, or lines may still be on their way."""
    worn: bool = False
    """Daemons of Postfix died: master(8) starts none in their place for a minute, whether it is reloaded or not."""

    remembers: bool = False
    """Postfix keeps something from one client to the next."""
    deaf: bool = False
    """Its log daemon was ended."""

    def note(self, log: Iterable[LogLine], *, unfinished: bool) -> None:
        """Take note of the lines of a run, which has not seen everything if it is unfinished."""
        lines = tuple(log)
        self.unclean |= unfinished or any(word in line.text for line in lines for word in _STAYS)
        self.worn |= any(line.level in ("fatal", "panic") for line in lines)


def remembers(files: Iterable[str]) -> bool:
    """Whether Postfix with this configuration keeps something from one client to the next."""
    lines = (line for text in files for line in text.splitlines() if line[:1] != "#")
    return any(word in line for line in lines for word in _CACHES)

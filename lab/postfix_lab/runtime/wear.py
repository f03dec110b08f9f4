"""What a run leaves behind in a mail host, as far as its log tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from postfix_lab.postfix.files.lines import split_lines
from postfix_lab.postfix.log import LogLine

_VERIFIES = ("reject_unverified_",)
"""Words of a configuration in which Postfix remembers addresses, whoever named them."""
_CACHES = ("postscreen", "_rate_limit", *_VERIFIES)
"""Those in which it remembers clients or addresses: in files, or in anvil(8)'s memory."""
_LISTS = ("_rbl", "rhsbl_", "dnswl_", "rhswl_", "dnsbl_")
"""Those that name DNS lists: smtpd keeps each answer until its process ends, across sessions."""
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
    verifies: bool = False
    """That is also of addresses, and the canary names some that others name as well."""
    asks_lists: bool = False
    """DNS lists are asked, and each smtpd keeps the answers until it ends."""
    answers: tuple[object, ...] | None = None
    """What the DNS had to say when smtpd last asked a list; None: these processes have not been asked to."""
    met: bool = False
    """Postfix has met others than the canary since its daemons started."""
    fresh: bool = False
    """Nobody has spoken to it since it was started."""
    deaf: bool = False
    """Its log daemon was ended."""

    @property
    def full(self) -> bool:
        """Postfix keeps something that the next test must not meet."""
        return self.remembers and (self.met or self.verifies)

    def expect(self, files: Iterable[str]) -> None:
        """Take note of a configuration."""
        texts = tuple(files)
        self.remembers, self.verifies = remembers(texts), remembers(texts, _VERIFIES)
        self.asks_lists, self.answers = remembers(texts, _LISTS), None

    def outdated(self, answers: tuple[object, ...]) -> bool:
        """Whether smtpd may remember other answers of DNS lists than the DNS gives now."""
        return self.asks_lists and self.answers not in (None, answers)

    def note(self, log: Iterable[LogLine], *, unfinished: bool) -> None:
        """Take note of the lines of a run, which has not seen everything if it is unfinished."""
        lines = tuple(log)
        text = "\n".join([line.text for line in lines])  # Half the time of a search in each.
        self.unclean |= unfinished or any(word in text for word in _STAYS)
        self.worn |= any(line.level in ("fatal", "panic") for line in lines)


def remembers(files: Iterable[str], words: tuple[str, ...] = _CACHES) -> bool:
    """Whether Postfix with this configuration keeps something from one client to the next."""
    lines = (line for text in files for line in split_lines(text) if line[:1] != "#")
    return any(word in line for line in lines for word in words)

"""A program beside Postfix as a value: what it needs, where Postfix connects to it, how it fails, how it is reset.

Each module of this package is one collaborator; `COLLABORATORS` in `__init__.py` lists them all. A module does not use
containers: it changes the draft of a configuration, with a delta for each change, and returns the `Daemon` that the
mail host has to run. `runtime/collaborators.py` runs daemons and knows none of them by name.

The steps of the fitting call each collaborator in the order of that list:

1. `fit`, before the sockets are processed: programs that master.cf starts, and files that are always needed;
2. `stand_in`, for each socket of a milter or a policy service, where the scenario chose it by its name;
3. `objection`, when the canary is chosen;
4. `finish`, at the end: it makes the program fail if the scenario wants that, and returns its daemon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Content, Draft


@dataclass(frozen=True)
class Daemon:
    """A program that the mail host runs for one configuration; equal daemons need no new start.

    If the next configuration does not need it, its files are restored from the image, its sockets and their folders are
    removed, and its memory is emptied.
    """

    name: str
    argv: tuple[str, ...]
    """The command, in the foreground."""
    files: Mapping[str, Content] = field(default_factory=dict)
    """Its files by their path in the mail host."""
    sockets: tuple[str, ...] = ()
    """Where it listens, `unix:/path` or `inet:address:port`: it is ready when each of them takes connections."""
    owner: str = "root:root"
    """user:group of a folder that is created for a socket; its mode is 0755."""
    memory: str = ""
    """A folder in which it stores what it has seen of clients. It is emptied at each start, and each test starts it."""
    line: str = ""
    """The text for its standard input: a JSON list of what it has to serve. It answers `listening`.

    Such a program starts before Postfix. It gets another list without a restart, and serves nothing with an empty one.
    """
    records: bool = False
    """Whether it records what it is given: it answers a line `tell`, and forgets all after a line `forget`."""
    lazy: bool = False
    """Whether its start is not waited for, because few sessions need it; a session that does waits first."""
    clocked: bool = False
    """Whether its clock is Postfix's, if the setup gives Postfix another time."""


class Collaborator:
    """One program beside Postfix. A subclass overrides these defaults; an instance has no state."""

    name: ClassVar[str]
    """Its name in scenarios and reports."""
    packages: ClassVar[tuple[str, ...]] = ()
    """The Debian packages that it needs."""
    in_default_image: ClassVar[bool] = False
    """Whether every mail host has these packages; else a setup that chooses it gets another image."""
    log_names: ClassVar[frozenset[str]] = frozenset()
    """The names of its programs in the log."""
    keyword: ClassVar[str] = ""
    """The field of `Choices` with its mode; empty if there is none."""
    modes: ClassVar[type[StrEnum] | None] = None
    """The modes; in the first one it works."""
    roles: ClassVar[frozenset[str]] = frozenset()
    """The stubs that it can replace, `milter` or `policy`, as in `policy="postgrey"`."""
    stands_for: ClassVar[tuple[str, str]] = ("", "")
    """The value and the reason of the delta if it replaces a stub."""

    def is_chosen(self, choices: Choices) -> bool:
        """Whether a scenario has chosen it by name."""
        return any(getattr(choices, role) == self.name for role in self.roles)

    def fit(self, draft: Draft) -> None:
        """Change the configuration so that Postfix uses it."""

    def objection(self, draft: Draft) -> str:
        """Why good mail may be refused with it, so that no canary is possible; empty if it is not."""
        del draft
        return ""

    def greylists(self, draft: Draft) -> bool:
        """Whether it defers the first mail of every client."""
        del draft
        return False

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Make it fail if the scenario wants that; return the daemon that the mail host has to run, if any."""
        del draft, debian
        return None

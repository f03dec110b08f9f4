"""A program beside Postfix as a value: what it needs, where Postfix meets it, how it fails, how it is reset.

One module of this package is one collaborator; `COLLABORATORS` in `__init__.py` lists them all. A module says nothing
of containers: it changes the draft of a configuration, with a delta for each change, and returns the `Daemon` that the
mail host is to run for it. `runtime/collaborators.py` drives daemons, and knows none of them by name.

The steps of the fitting call each collaborator in the order of that list:

1. `fit`, before anybody looks for sockets: what master.cf starts, and files that are there in any case;
2. `stand_in`, for each socket of a milter or a policy service, where the scenario chose it by its name;
3. `objection`, when the canary is chosen;
4. `finish`, at the end: it fails as the scenario wants, and returns its daemon.
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

    What it brings goes when a configuration does without it: files are those of the image again, sockets are removed,
    so are folders that were made for them, and its memory is emptied.
    """

    name: str
    argv: tuple[str, ...]
    """The command, in the foreground."""
    files: Mapping[str, Content] = field(default_factory=dict)
    """What it reads, by the path in the mail host."""
    sockets: tuple[str, ...] = ()
    """Where it listens, `unix:/path` or `inet:address:port`: it is ready when each of them takes connections."""
    owner: str = "root:root"
    """user:group of a folder that has to be made for a socket; its mode is 0755."""
    memory: str = ""
    """A folder in which it remembers clients. It is emptied at each start, and each test begins with a start."""
    line: str = ""
    """What is written to its standard input: a JSON list of what it is to serve. It answers `listening`.

    Such a program starts before Postfix. It is not started anew for another list, and serves nothing with an empty one.
    """
    lazy: bool = False
    """Whether nobody waits for it at its start, since few sessions need it; before one that does it is waited for."""
    clocked: bool = False
    """Whether it has Postfix's own time where the setup gives Postfix one."""


class Collaborator:
    """One program beside Postfix. A subclass says what differs from these defaults; an instance has no state."""

    name: ClassVar[str]
    """What a scenario and a report call it."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Debian's packages that it needs."""
    in_default_image: ClassVar[bool] = False
    """Whether each mail host has these packages; else a setup that chooses it gets an image of its own."""
    log_names: ClassVar[frozenset[str]] = frozenset()
    """The programs in the log whose lines are its own, without a process id."""
    keyword: ClassVar[str] = ""
    """The field of `Choices` that says how it fares; empty where nothing does."""
    fares: ClassVar[type[StrEnum] | None] = None
    """The words for that; the first one is that it works."""
    roles: ClassVar[frozenset[str]] = frozenset()
    """`milter`, `policy`: in place of which stubs it can be chosen, as in `policy="postgrey"`."""
    stands_for: ClassVar[tuple[str, str]] = ("", "")
    """The value and the reason of the delta where it stands at such a socket."""

    def chosen(self, choices: Choices) -> bool:
        """Whether a scenario wants it by its name."""
        return any(getattr(choices, role) == self.name for role in self.roles)

    def fit(self, draft: Draft) -> None:
        """Have Postfix meet it."""

    def objection(self, draft: Draft) -> str:
        """Why good mail may be refused with it, so that there can be no canary; empty where it is not."""
        del draft
        return ""

    def finish(self, draft: Draft, debian: int) -> Daemon | None:
        """Have it fail where the scenario wants that; returns what the mail host runs for it, if anything."""
        del draft, debian
        return None

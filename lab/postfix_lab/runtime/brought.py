"""What collaborators brought into a mail host, so that it can be taken away: sockets, folders made for them, memories.

It keeps book and says the shell command that brings about a change; whoever runs that command reports what it printed.
A folder that was there already is left as it is, and stays.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath

from postfix_lab.fit.collaborators.collaborator import Daemon
from postfix_lab.postfix.parameters import QUEUE

_OWN = (f"{QUEUE}/private", f"{QUEUE}/public")
"""Folders that Postfix makes itself at its first start, and has to own, or it does not start."""
# Each folder that is missing on the way is made, and printed.
_MAKE = (
    'make() { test -d "${2:-/}" || { make "$1" "${2%/*}"'
    ' && install -d -o "${1%:*}" -g "${1#*:}" "$2" && echo "$2"; }; }'
)


class Brought:
    """The sockets, folders and memories of one mail host's daemons."""

    def __init__(self) -> None:
        self._sockets: set[str] = set()
        self._wanted: dict[str, str] = {}
        """The folders of those sockets, with their owners."""
        self._made: dict[str, str] = {}
        """The folders that were not there before, with their owners."""
        self._memories: set[str] = set()

    def change(self, daemons: Collection[Daemon]) -> str:
        """The shell command after which there is what these daemons need, and nothing of others; empty: none needed."""
        steps = [*self._removals(daemons), *self._additions(folders(daemons))]
        return " && ".join(steps)

    def note(self, daemons: Collection[Daemon], printed: str) -> None:
        """Take note that the command for these daemons has run, and what it printed."""
        self._sockets, self._memories = set(paths(daemons)), {one.memory for one in daemons if one.memory}
        self._wanted = folders(daemons)
        self._made = {folder: owner for folder, owner in self._made.items() if self._needed(folder, self._wanted)}
        for folder in (*self._made, *printed.split("\n")):
            if owner := self._needed(folder, self._wanted):
                self._made[folder] = owner

    def _removals(self, daemons: Collection[Daemon]) -> Iterator[str]:
        if lost := self._sockets - set(paths(daemons)):
            yield f"rm -f {_words(lost)}"
        if forgotten := self._memories - {one.memory for one in daemons}:
            yield f"rm -rf {' '.join(empty(memory) for memory in sorted(forgotten))}"
        wanted = folders(daemons)
        if gone := [folder for folder in self._made if not self._needed(folder, wanted)]:
            yield f"rm -rf {_words(gone)}"

    def _additions(self, wanted: dict[str, str]) -> Iterator[str]:
        for folder in self._made:
            if (owner := self._needed(folder, wanted)) not in ("", self._made[folder]):
                yield f"chown {owner} {shlex.quote(folder)}"
        new = sorted(folder for folder in wanted if folder not in self._wanted)  # A folder before those in it.
        for own in _OWN:
            if any(folder == own or folder.startswith(f"{own}/") for folder in new):
                yield f"{{ test -d {own} || install -d -o postfix -m 700 {own}; }}"
        if new:
            yield f"{_MAKE}; {' && '.join(f'make {wanted[folder]} {shlex.quote(folder)}' for folder in new)}"

    @staticmethod
    def _needed(folder: str, wanted: dict[str, str]) -> str:
        """The owner that a folder is to have as one of those wanted or on the way to one; empty: nobody needs it."""
        below = (owner for path, owner in wanted.items() if folder and PurePosixPath(path).is_relative_to(folder))
        return wanted.get(folder) or next(below, "")


def folders(daemons: Iterable[Daemon]) -> dict[str, str]:
    """The folders that have to be there for the daemons' sockets, each with its owner.

    It is root only where no daemon has a user of its own. Postfix's own folders are there for all that start after it.
    """
    found: dict[str, str] = {}
    for daemon in sorted(daemons, key=lambda one: one.owner != Daemon.owner):
        parents = (str(PurePosixPath(path).parent) for path in paths([daemon]))
        found |= {folder: daemon.owner for folder in parents if daemon.line or folder not in _OWN}
    return found


def paths(daemons: Iterable[Daemon]) -> Iterator[str]:
    """The paths of their UNIX sockets."""
    places = (place.partition(":") for daemon in daemons for place in daemon.sockets)
    return (path for kind, _, path in places if kind == "unix")


def empty(memory: str) -> str:
    """The words for rm(1) that stand for all that is in a folder."""
    return f"{shlex.quote(memory)}/*"


def _words(paths: Iterable[str]) -> str:
    return " ".join(shlex.quote(path) for path in sorted(paths))

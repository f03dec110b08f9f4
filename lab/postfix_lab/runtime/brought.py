"""The files that collaborators added to a mail host, so that they can be removed: sockets, their folders, memories.

It only keeps the record and returns shell commands; the caller runs them and reports their output.
Folders that existed before are left unchanged.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator
from pathlib import PurePosixPath

from postfix_lab.fit.collaborators.collaborator import Daemon
from postfix_lab.postfix.parameters import QUEUE

_OWN = (f"{QUEUE}/private", f"{QUEUE}/public")
"""Folders that Postfix makes at its first start; it must own them, or it does not start."""
# Makes each missing folder of a path, and prints it.
_MAKE = (
    'make() { test -d "${2:-/}" || { make "$1" "${2%/*}"'
    ' && install -d -o "${1%:*}" -g "${1#*:}" "$2" && echo "$2"; }; }'
)


class DaemonFiles:
    """The sockets, folders and memories of one mail host's collaborators."""

    def __init__(self) -> None:
        self._sockets: set[str] = set()
        self._wanted: dict[str, str] = {}
        """The folders of those sockets, with their owners."""
        self._made: dict[str, str] = {}
        """The folders that were not there before, with their owners."""
        self._memories: set[str] = set()

    def change_command(self, daemons: Collection[Daemon]) -> str:
        """Return the shell command that adds what these daemons need and removes the rest; empty: nothing to do."""
        steps = [*self._removals(daemons), *self._additions(folders(daemons))]
        return " && ".join(steps)

    def record_change(self, daemons: Collection[Daemon], printed: str) -> None:
        """Record that the command for these daemons has run, and what it printed."""
        self._sockets, self._memories = set(paths(daemons)), {one.memory for one in daemons if one.memory}
        self._wanted = folders(daemons)
        made, wanted = self._made, self._wanted
        self._made = {folder: owner for folder, owner in made.items() if self._required_owner(folder, wanted)}
        for folder in (*self._made, *printed.split("\n")):
            if owner := self._required_owner(folder, self._wanted):
                self._made[folder] = owner

    def _removals(self, daemons: Collection[Daemon]) -> Iterator[str]:
        if lost := self._sockets - set(paths(daemons)):
            yield f"rm -f {_words(lost)}"
        if forgotten := self._memories - {one.memory for one in daemons}:
            yield f"rm -rf {' '.join(content_pattern(memory) for memory in sorted(forgotten))}"
        wanted = folders(daemons)
        if gone := [folder for folder in self._made if not self._required_owner(folder, wanted)]:
            yield f"rm -rf {_words(gone)}"

    def _additions(self, wanted: dict[str, str]) -> Iterator[str]:
        for folder in self._made:
            if (owner := self._required_owner(folder, wanted)) not in ("", self._made[folder]):
                yield f"chown {owner} {shlex.quote(folder)}"
        new = sorted(folder for folder in wanted if folder not in self._wanted)  # Parents first.
        for own in _OWN:
            if any(folder == own or folder.startswith(f"{own}/") for folder in new):
                yield f"{{ test -d {own} || install -d -o postfix -m 700 {own}; }}"
        if new:
            yield f"{_MAKE}; {' && '.join(f'make {wanted[folder]} {shlex.quote(folder)}' for folder in new)}"

    @staticmethod
    def _required_owner(folder: str, wanted: dict[str, str]) -> str:
        """The owner of a folder that is wanted or a parent of a wanted one; empty: it is not needed."""
        below = (owner for path, owner in wanted.items() if folder and PurePosixPath(path).is_relative_to(folder))
        return wanted.get(folder) or next(below, "")


def folders(daemons: Iterable[Daemon]) -> dict[str, str]:
    """Return the folders that the daemons' sockets need, each with its owner.

    The owner is root only where no daemon has its own user. For daemons that start after Postfix, its own folders
    are left out: it makes them itself.
    """
    found: dict[str, str] = {}
    for daemon in sorted(daemons, key=lambda one: one.owner != Daemon.owner):
        parents = (str(PurePosixPath(path).parent) for path in paths([daemon]))
        found |= {folder: daemon.owner for folder in parents if daemon.line or folder not in _OWN}
    return found


def paths(daemons: Iterable[Daemon]) -> Iterator[str]:
    """Return the paths of their UNIX sockets."""
    places = (place.partition(":") for daemon in daemons for place in daemon.sockets)
    return (path for kind, _, path in places if kind == "unix")


def content_pattern(memory: str) -> str:
    """Return the shell pattern for everything in a folder."""
    return f"{shlex.quote(memory)}/*"


def _words(paths: Iterable[str]) -> str:
    return " ".join(shlex.quote(path) for path in sorted(paths))

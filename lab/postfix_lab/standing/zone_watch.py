"""Zone files of a standing lab: whoever edits one finds the change in the DNS at once.

A file is looked at again when the kernel says that its folder changed (inotify(7)), and before each scenario. One that
cannot be used is reported in a sentence, and its zone stays as it was.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from inotify_simple import INotify, flags

from postfix_lab.dns.namespace import Namespace
from postfix_lab.dns.zone import Zone, ZoneText
from postfix_lab.errors import InputError
from postfix_lab.scenario.world import zone_file

_Stamp = tuple[int, int, int] | None


class ZoneFiles:
    """The zones of these files as they are now, or as they were when they last made sense."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Read all of them; raises InputError where one cannot be used."""
        self._lock = threading.Lock()
        self._stamps: dict[Path, _Stamp] = {path: _stamp(path) for path in paths}
        self._zones = {path: zone_file(path) for path in paths}
        self._complaints: dict[Path, str] = {}
        Namespace(tuple(self._zones.values()))

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return list(self._stamps)

    @property
    def complaints(self) -> list[str]:
        """What is wrong with the files as they are, a sentence each."""
        return list(self._complaints.values())

    def complaint(self, path: Path) -> str | None:
        """What is wrong with that file as it is, if anything is."""
        return self._complaints.get(path)

    def now(self) -> tuple[ZoneText, ...]:
        """The zones, with every file that changed read again."""
        with self._lock:
            for path, stamp in self._stamps.items():
                if (fresh := _stamp(path)) != stamp:
                    self._stamps[path] = fresh
                    self._read_again(path)
            return tuple(self._zones.values())

    def watch(self, changed: Callable[[Path], None]) -> None:
        """Call this, in a thread of its own, for each file that somebody wrote, moved or removed."""
        if not self._stamps:
            return
        watcher, folders = INotify(), {}
        for folder in {path.parent for path in self._stamps}:
            wanted = flags.CLOSE_WRITE | flags.MOVED_TO | flags.MOVED_FROM | flags.DELETE
            folders[watcher.add_watch(folder, wanted)] = folder

        def follow() -> None:
            while True:
                seen = {folders[event.wd] / event.name for event in watcher.read() if event.wd in folders}
                for path in seen & self._stamps.keys():
                    changed(path)

        threading.Thread(target=follow, name="zones", daemon=True).start()

    def _read_again(self, path: Path) -> None:
        try:
            fresh = zone_file(path)
            Zone.parse(fresh)  # With the line, which a conflict between two zones does not have.
            Namespace((*(zone for other, zone in self._zones.items() if other != path), fresh))
        except InputError as error:
            self._complaints[path] = f"{error}; the zone stays as it was before."
        else:
            self._zones[path] = fresh
            self._complaints.pop(path, None)


def _stamp(path: Path) -> _Stamp:
    try:
        found = os.stat(path)  # noqa: PTH116 - the path is absolute already
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino

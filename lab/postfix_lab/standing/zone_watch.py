"""Zone files of a standing lab: a change is served by the DNS at once.

Files are checked when the kernel reports a change in their folder (inotify(7)), and before each scenario. If a file
cannot be used, that is reported in a sentence, and its zone stays as it was.
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
    """The zones of these files; of an invalid file, the last valid version."""

    def __init__(self, paths: Sequence[Path]) -> None:
        """Read all of them; raises `InputError` if one cannot be used."""
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
        """What is wrong with the current files, a sentence each."""
        return list(self._complaints.values())

    def complaint(self, path: Path) -> str | None:
        """Return what is wrong with that file, if anything."""
        return self._complaints.get(path)

    def current(self) -> tuple[ZoneText, ...]:
        """Return the zones; changed files are read again."""
        with self._lock:
            for path, stamp in self._stamps.items():
                if (fresh := _stamp(path)) != stamp:
                    self._stamps[path] = fresh
                    self._read_again(path)
            return tuple(self._zones.values())

    def watch(self, changed: Callable[[Path], None]) -> None:
        """Call `changed`, in a new thread, for each file that was written, moved or removed."""
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
            Zone.parse(fresh)  # First, because its errors have a line number; a conflict between two zones has none.
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

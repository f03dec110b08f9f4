"""Which of several labs runs what, under pytest-xdist.

A lab starts a mail host for each release that comes to it, so it keeps to the one that it has; and where two labs
begin with the same folder, on two releases, both wait at the same time, and then want the processors at the same time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xdist.scheduler import LoadGroupScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

_GROUP = re.compile(r"debian-(?P<release>\d+)-(?P<folder>.*)")


class Spread(LoadGroupScheduling):  # type: ignore[misc] # xdist has no types
    """What stays together goes to the lab that it suits best, else in the order in which it was collected."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(self._best(node), last=False)
        super()._assign_work_unit(node)

    def _best(self, node: WorkerController) -> str:
        mine = {_release(group) for group in self.assigned_work.get(node, ())}
        others = [units for other, units in self.assigned_work.items() if other is not node]
        theirs = {_release(group) for units in others for group in units}
        busy = {_folder(group) for units in others for group, tests in units.items() if not all(tests.values())}

        def suits(group: str) -> tuple[int, bool]:
            release = _release(group)
            strange = 0 if not release or release in mine else 2 if release in theirs else 1
            return strange, not mine and _folder(group) in busy

        groups: list[str] = list(self.workqueue)
        return min(groups, key=suits)


def _release(group: str) -> str:
    found = _GROUP.fullmatch(group)
    return found["release"] if found else ""


def _folder(group: str) -> str:
    found = _GROUP.fullmatch(group)
    return found["folder"] if found else group

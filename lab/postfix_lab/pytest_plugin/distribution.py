"""The distribution of tests to several labs under pytest-xdist.

A lab starts a mail host for each release of its tests, so it should stay with the release that it has. If two labs
begin with the same folder on two releases, both wait at the same time and then need the processors at the same time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from xdist.scheduler import LoadGroupScheduling

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

_GROUP = re.compile(r"debian-(\d+)-(.*)")


class ReleaseScheduling(LoadGroupScheduling):  # type: ignore[misc] # xdist has no types
    """Gives each group of tests to the lab that it suits best, else in the order of collection."""

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(self._best(node), last=False)
        super()._assign_work_unit(node)

    def _best(self, node: WorkerController) -> str:
        mine = {_parts(group)[0] for group in self.assigned_work.get(node, ())}
        others = [units for other, units in self.assigned_work.items() if other is not node]
        theirs = {_parts(group)[0] for units in others for group in units}
        busy = {_parts(group)[1] for units in others for group, tests in units.items() if not all(tests.values())}

        def suits(group: str) -> tuple[int, bool]:
            release, folder = _parts(group)
            strange = 0 if not release or release in mine else 2 if release in theirs else 1
            return strange, not mine and folder in busy

        groups: list[str] = list(self.workqueue)
        return min(groups, key=suits)


def _parts(group: str) -> tuple[str, str]:
    """Return release and folder of a group; of a group that the lab did not make, no release and its name."""
    found = _GROUP.fullmatch(group)
    return (found[1], found[2]) if found else ("", group)

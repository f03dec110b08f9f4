"""The lab that a command uses: the standing lab, else a temporary one that is removed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from postfix_lab.audit.examined import Examination
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.standing import standing_record
from postfix_lab.standing.keeper_protocol import KeeperConnection, is_standing
from postfix_lab.standing.requests import CheckOrder, KeeperVerbs, RunOrder

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.standing.standing_record import LabRecord


class AnyLab(Protocol):
    """A lab that can run scenarios: the standing one or a temporary one."""

    @property
    def notes(self) -> list[str]:
        """Sentences for the user besides the evidence."""
        ...

    @property
    def record(self) -> LabRecord:
        """The names and addresses of its parts."""
        ...

    def run(self, order: RunOrder) -> Evidence:
        """Run a scenario, and return what was seen."""
        ...

    def examine(self, order: CheckOrder) -> Examination:
        """Try a configuration, and return what was seen."""
        ...


class _StandingLab:
    """The standing lab, through a connection to its keeper."""

    def __init__(self, line: KeeperConnection, record: LabRecord) -> None:
        self._line, self.record = line, record

    @property
    def notes(self) -> list[str]:
        return self._line.notes

    def run(self, order: RunOrder) -> Evidence:
        return self._line.ask(KeeperVerbs.run)(order)

    def examine(self, order: CheckOrder) -> Examination:
        return self._line.ask(KeeperVerbs.examine)(order)


def find_standing(folder: Path, engine: EngineName | None, progress: Callable[[str], None]) -> LabRecord | None:
    """Return the standing lab of that folder, None if there is none on that engine; removes what a dead one left.

    Loads the engine's libraries only for a dead lab.
    """
    found = standing_record.read(folder)
    if found is not None and not is_standing(folder, found):
        from postfix_lab.standing import keeper  # noqa: PLC0415 - only to clean up after a dead lab

        found = keeper.find_standing(folder, progress)
    return found if found is not None and engine in (None, found.engine) else None


@contextmanager
def any_lab(
    folder: Path, debian: int, setup: Setup, engine: EngineName | None, progress: Callable[[str], None]
) -> Iterator[AnyLab]:
    """Yield the standing lab of that folder, or a temporary one with that mail host."""
    if (found := find_standing(folder, engine, progress)) is not None:
        with closing(KeeperConnection(folder)) as line:
            yield _StandingLab(line, found)
        return
    from postfix_lab.runtime.lab import open_lab  # noqa: PLC0415 - a standing lab does not need the engine's libraries
    from postfix_lab.standing.service import KeeperService  # noqa: PLC0415
    from postfix_lab.standing.zone_watch import ZoneFiles  # noqa: PLC0415

    progress("No lab stands here, so one is started for this and removed afterwards (`postfix-lab up` keeps one).")
    with open_lab(engine, progress) as lab:
        service = KeeperService(lab, [debian], setup, ZoneFiles(()))
        service.start()
        yield service

"""The lab that a command uses: the standing lab, else a temporary one that is removed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from postfix_lab.audit.examined import Examination
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.runtime.job import PREFERRED, Job, JobRunner
from postfix_lab.runtime.target import Target
from postfix_lab.standing import keeper
from postfix_lab.standing.keeper_protocol import KeeperConnection
from postfix_lab.standing.requests import KeeperVerbs
from postfix_lab.standing.zone_watch import ZoneFiles

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.standing.standing_record import LabRecord


class AnyLab(JobRunner, Protocol):
    """A lab for a command: the standing one or a temporary one."""

    @property
    def notes(self) -> list[str]:
        """Sentences for the user besides the evidence."""
        ...

    @property
    def record(self) -> LabRecord:
        """The names and addresses of its parts."""
        ...

    def examine(self, target: Target) -> Examination:
        """Try a configuration, and return what was seen."""
        ...


class _StandingLab:
    """The standing lab, through a connection to its keeper."""

    def __init__(self, line: KeeperConnection, record: LabRecord) -> None:
        self._line, self.record = line, record

    @property
    def notes(self) -> list[str]:
        return self._line.notes

    def execute(self, job: Job) -> list[Evidence]:
        return self._line.ask(KeeperVerbs.execute)(job)

    def examine(self, target: Target) -> Examination:
        return self._line.ask(KeeperVerbs.examine)(target)


def find_standing(folder: Path, engine: EngineName | None, progress: Callable[[str], None]) -> LabRecord | None:
    """Return the standing lab of that folder, None if there is none on that engine; removes what a dead one left."""
    found = keeper.find_standing(folder, progress)
    return found if found is not None and engine in (None, found.engine) else None


def preferred_release(found: LabRecord | None) -> int:
    """Return the Debian release that a command uses unless it is told another: 12, or the first that stands."""
    stands = [place.debian for place in found.mail_hosts] if found else []
    return PREFERRED if PREFERRED in stands or not stands else stands[0]


@contextmanager
def any_lab(
    folder: Path, own: Target, engine: EngineName | None, progress: Callable[[str], None]
) -> Iterator[AnyLab]:
    """Yield the standing lab of that folder, or a temporary one with that mail host of its own."""
    if (found := find_standing(folder, engine, progress)) is not None:
        with closing(KeeperConnection(folder)) as line:
            yield _StandingLab(line, found)
        return
    from postfix_lab.runtime.executor import open_executor  # noqa: PLC0415 - docs/startup.md
    from postfix_lab.standing.service import KeeperService  # noqa: PLC0415 - the same

    progress("No lab stands here, so one is started for this and removed afterwards (`postfix-lab up` keeps one).")
    with open_executor(engine, [own], progress) as executor:
        service = KeeperService(executor, ZoneFiles(()))
        service.start()
        yield service

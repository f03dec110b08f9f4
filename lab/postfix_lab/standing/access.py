"""The lab that a command works from: the one that stands, else one of its own that is removed afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from postfix_lab.audit.examined import Examined
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.standing import standing_record
from postfix_lab.standing.keeper_protocol import Line, stands
from postfix_lab.standing.requests import CheckOrder, KeeperVerbs, RunOrder

if TYPE_CHECKING:
    from postfix_lab.engine.client import EngineName
    from postfix_lab.runtime.setup import Setup
    from postfix_lab.standing.standing_record import Record


class AnyLab(Protocol):
    """A lab that scenarios can be given to, wherever it is."""

    @property
    def notes(self) -> list[str]:
        """What whoever asks should know beside the evidence."""
        ...

    @property
    def record(self) -> Record:
        """Where its parts are."""
        ...

    def run(self, order: RunOrder) -> Evidence:
        """Let a scenario happen, and return what was seen."""
        ...

    def examine(self, order: CheckOrder) -> Examined:
        """Try a configuration, and return what was seen."""
        ...


class _Standing:
    """The lab at the other end of the line."""

    def __init__(self, line: Line, record: Record) -> None:
        self._line, self.record = line, record

    @property
    def notes(self) -> list[str]:
        return self._line.notes

    def run(self, order: RunOrder) -> Evidence:
        return self._line.ask(KeeperVerbs.run)(order)

    def examine(self, order: CheckOrder) -> Examined:
        return self._line.ask(KeeperVerbs.examine)(order)


def standing(folder: Path, engine: EngineName | None, progress: Callable[[str], None]) -> Record | None:
    """The lab that stands there, on that engine if one is named; without the engine's libraries, if it is alive."""
    found = standing_record.read(folder)
    if found is not None and not stands(folder, found):
        from postfix_lab.standing import keeper  # noqa: PLC0415 - a dead one has to be cleaned up

        found = keeper.standing(folder, progress)
    return found if found is not None and engine in (None, found.engine) else None


@contextmanager
def any_lab(
    folder: Path, debian: int, setup: Setup, engine: EngineName | None, progress: Callable[[str], None]
) -> Iterator[AnyLab]:
    """The lab that stands in that folder, or a new one with that mail host."""
    if (found := standing(folder, engine, progress)) is not None:
        with closing(Line(folder)) as line:
            yield _Standing(line, found)
        return
    from postfix_lab.runtime.lab import open_lab  # noqa: PLC0415 - a lab that stands does without the engine's libraries
    from postfix_lab.standing.service import Service  # noqa: PLC0415
    from postfix_lab.standing.zone_watch import ZoneFiles  # noqa: PLC0415

    progress("No lab stands here, so one is started for this and removed afterwards (`postfix-lab up` keeps one).")
    with open_lab(engine, progress) as lab:
        service = Service(lab, [debian], setup, ZoneFiles(()))
        service.start()
        yield service

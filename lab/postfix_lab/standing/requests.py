"""The verbs of a lab, the same for the standing lab and for a temporary one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from postfix_lab.audit.examined import Examination
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.protocol import News
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.scenario import Scenario
from postfix_lab.verbs import Tell


@dataclass(frozen=True)
class CheckOrder:
    """A configuration that is to be tried out on a mail host of that release."""

    setup: Setup
    debian: int


@dataclass(frozen=True)
class RunOrder:
    """A scenario, and its mail host: the lab's own if neither release nor setup is given; `limit` in seconds."""

    scenario: Scenario
    debian: int | None = None
    setup: Setup | None = None
    limit: float = 30.0


class KeeperVerbs(Protocol):
    """The verbs of a standing lab: `KeeperService` implements them, `KeeperConnection` calls them."""

    def run(self, order: RunOrder) -> Evidence:
        """Run the scenario and return what was seen."""
        ...

    def examine(self, order: CheckOrder) -> Examination:
        """Try the configuration and return what was seen."""
        ...

    def seen(self) -> list[News]:
        """Return what was seen lately."""
        ...

    def news(self, tell: Tell[list[News]]) -> None:
        """Send what is seen from now on, until the client closes; complete after the first, empty part."""

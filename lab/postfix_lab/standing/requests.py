"""What a lab can be asked: the same for the lab that stands and for one of the command's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from postfix_lab.audit.examined import Examined
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.protocol import News
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.scenario import Scenario
from postfix_lab.verbs import Tell


@dataclass(frozen=True)
class CheckOrder:
    """A configuration that is to be tried, on a mail host of that release."""

    setup: Setup
    debian: int


@dataclass(frozen=True)
class RunOrder:
    """A scenario, and the mail host that is to meet it: the lab's own where neither release nor setup is named."""

    scenario: Scenario
    debian: int | None = None
    setup: Setup | None = None
    limit: float = 30.0


class KeeperVerbs(Protocol):
    """The verbs of a standing lab; `Service` answers, `Line` asks."""

    def run(self, order: RunOrder) -> Evidence:
        """Let the scenario happen and return what was seen."""
        ...

    def examine(self, order: CheckOrder) -> Examined:
        """Try the configuration and return what was seen."""
        ...

    def seen(self) -> list[News]:
        """What was seen lately."""
        ...

    def news(self, tell: Tell[list[News]]) -> None:
        """Tell what is seen from now on, until the asker hangs up; nothing is missed after the first, empty part."""

"""The verbs of a lab, the same for the standing lab and for a temporary one."""

from __future__ import annotations

from typing import Protocol

from postfix_lab.audit.examined import Examination
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.inside.internet.protocol import News
from postfix_lab.runtime.job import Job
from postfix_lab.runtime.target import Target
from postfix_lab.verbs import Tell


class KeeperVerbs(Protocol):
    """The verbs of a standing lab: `KeeperService` implements them, `KeeperConnection` calls them."""

    def execute(self, job: Job) -> list[Evidence]:
        """Run the scenario, and return what was seen of each mail host."""
        ...

    def examine(self, target: Target) -> Examination:
        """Try the configuration and return what was seen."""
        ...

    def recent_news(self) -> list[News]:
        """Return what was seen lately."""
        ...

    def news(self, tell: Tell[list[News]]) -> None:
        """Send what is seen from now on, until the client closes; complete after the first, empty part."""

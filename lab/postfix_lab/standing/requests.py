"""What a command asks a lab to let happen: the same for the lab that stands and for one of the command's own."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.scenario import Scenario


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

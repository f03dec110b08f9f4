"""What an executor is asked to do: a scenario and its mail hosts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from postfix_lab.evidence.evidence import Evidence
from postfix_lab.runtime.target import Target
from postfix_lab.scenario.scenario import Scenario

LIMIT = 30.0
"""Seconds to wait for each reply, and for the end of the log, unless a scenario says otherwise."""

PREFERRED = 12
"""The Debian release of what names none, where several stand."""


@dataclass(frozen=True)
class Job:
    """A scenario, and the mail hosts that it is to run against, all at the same time."""

    scenario: Scenario
    targets: tuple[Target, ...] = ()
    """Empty: the mail host that the lab was started with, of several the one with Debian 12."""
    limit: float = LIMIT
    """Seconds to wait for each reply, and then for the end of the log."""
    title: str = ""
    """What the progress calls it; by default the scenario's name."""


class JobRunner(Protocol):
    """A lab that runs scenarios: the executor of this process, or a standing lab, which another process serves."""

    def execute(self, job: Job) -> list[Evidence]:
        """Bring each mail host into its setup, run the scenario, and return the evidence of each, in that order."""
        ...

"""The results of a suite on one mail host: every judgement, and the problems of the run itself."""

from __future__ import annotations

from dataclasses import dataclass

from postfix_lab.conformance.judgement import Agreement, Judgement
from postfix_lab.evidence.mail_host_facts import MailHostFacts


@dataclass(frozen=True)
class SuiteOutcome:
    """One suite on one release."""

    suite: str
    facts: MailHostFacts
    pyspf: str
    """Version of the package python3-spf."""
    library: str
    """The DNS library that pyspf uses there, with its package's version."""
    python: str
    chapters: tuple[tuple[str, tuple[Judgement, ...]], ...]
    """The suite's scenarios in its own order, each with its cases."""
    mistakes: tuple[str, ...] = ()
    """Answers of the lab's DNS that the suite's driver would not have given."""
    questions: int = 0
    """The number of distinct DNS questions."""
    trouble: tuple[str, ...] = ()
    """What the lab could not see."""
    seconds: float = 0.0

    @property
    def every(self) -> tuple[Judgement, ...]:
        """All judgements in the suite's order."""
        return tuple(judgement for _, judgements in self.chapters for judgement in judgements)

    @property
    def disagreements(self) -> tuple[Judgement, ...]:
        """The judgements of the cases that differ."""
        return tuple(judgement for judgement in self.every if judgement.status is Agreement.DIFFERS)

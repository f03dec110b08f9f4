"""The verdict: the result of checks and guards on the evidence, in three values.

*Unknown* outranks both others: if the lab could not see, neither a passed nor a failed check means
anything. *Fail* outranks pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Finding, Status, require_known
from postfix_lab.verdict.guards import ASSERTION, GUARDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from postfix_lab.evidence.evidence import Evidence

__all__ = ["Finding", "Status", "Verdict", "judge"]

_RANK = (Status.UNKNOWN, Status.FAIL, Status.PASS)


@dataclass(frozen=True)
class Verdict:
    """The status and all findings that determine it: trouble first, then checks, then guards."""

    status: Status
    findings: tuple[Finding, ...]

    @property
    def decisive(self) -> tuple[Finding, ...]:
        """The findings that determine the verdict; none if it passed."""
        if self.status is Status.PASS:
            return ()
        return tuple(finding for finding in self.findings if finding.status is self.status)


def judge(evidence: Evidence, checks: Iterable[Check], without: Iterable[str] = ()) -> Verdict:
    """Judge the evidence by these checks and by every guard but those named in `without`.

    Raises InputError when there is no check, or no guard of such a name.
    """
    wanted, left_out = tuple(checks), {require_known(name, (*GUARDS, ASSERTION), "guard") for name in without}
    if not wanted and ASSERTION not in left_out:
        raise InputError(f"the scenario {evidence.scenario} asserts nothing; say what must be seen, such as accepted()")
    findings = (
        *(Finding("lab", Status.UNKNOWN, "a lab that sees everything", printable(why)) for why in evidence.trouble),
        *(check.judge(evidence) for check in wanted),
        *(guard(evidence, wanted) for name, guard in GUARDS.items() if name not in left_out),
    )
    return verdict_of(findings)


def merge(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the combined verdict: every finding once, in order."""
    findings = tuple(dict.fromkeys(finding for verdict in verdicts for finding in verdict.findings))
    return verdict_of(findings)


def verdict_of(findings: tuple[Finding, ...]) -> Verdict:
    """Return the verdict with these findings and the status that follows from them."""
    found = {finding.status for finding in findings}
    return Verdict(next((status for status in _RANK if status in found), Status.PASS), findings)

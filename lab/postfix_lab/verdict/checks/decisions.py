"""The check of the restriction that decided, according to smtpd's verbose log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.errors import InputError
from postfix_lab.postfix.restrictions.restriction import BUILT_IN
from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Observation, record_call
from postfix_lab.verdict.evidence_outcome import outcome

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.verdict.outcome import Outcome


@record_call
def decided_by(restriction: str, *, within: str | None = None, session: int = 0, recipient: str | None = None) -> Check:
    """Want that restriction to have decided about the mail: its name, or the name with its argument.

    Outside of smtpd's lists it is the parameter that decided: `header_checks`, `smtpd_milters`, `message_size_limit`.
    `within` is the list or class that it stands in. Sessions are counted from 0. Needs a mail host with
    `trace=True`; without it the verdict is unknown. Raises `InputError` when it is judged, where the outcomes of the
    recipients differ and none is named.
    """
    place = f" of {within}" if within else ""
    about = f" for {recipient}" if recipient else ""
    call = f'decided_by("{restriction}", '

    def look(evidence: Evidence) -> Observation:
        if 0 <= session - len(evidence.sessions) < len(evidence.submitted):
            raise InputError("no restriction of smtpd(8) applies to what sendmail(1) submits")
        if evidence.configured is None:
            return Observation(ok=None, got="no trace; say @pytest.mark.mail_host(trace=True)")
        if not 0 <= session < len(evidence.sessions):
            return Observation(ok=False, got=f"there were {len(evidence.sessions)} sessions")
        return _compare(outcome(evidence, session).of(recipient, call, _decider), restriction, within)

    return Check("decided_by", f"decided by {restriction}{place}{about}", look)


def decider(evidence: Evidence, session: int = 0) -> str:
    """Return the restriction that decided about the message, with its place; empty if no trace shows one."""
    if evidence.configured is None or session >= len(evidence.sessions):
        return ""
    decision = outcome(evidence, session).message.decision
    if decision is None or decision.step is None:
        return ""
    found = decision.step.restriction
    return printable(f"{found.text} ({found.place})")


def _decider(outcome: Outcome) -> object:
    """Return what has to be equal for all recipients if a check names none."""
    decision = outcome.decision
    if decision is None:
        return None
    return decision.why, decision.step.restriction if decision.step else None


def _compare(outcome: Outcome, restriction: str, within: str | None) -> Observation:
    decision = outcome.decision
    if decision is None:
        return Observation(ok=False, got="smtpd evaluated nothing")
    if decision.step is None:
        ok = None if decision.why == "unknown" else False
        return Observation(ok=ok, got=f"no restriction decided: {decision.why}")
    found = decision.step.restriction
    names = (found.name, found.text, found.list) if found.list in BUILT_IN else (found.name, found.text)
    right = restriction in names and within in (None, found.list)
    return Observation(ok=right, got=printable(f"decided by {found.text} of {found.list} ({found.place})"))

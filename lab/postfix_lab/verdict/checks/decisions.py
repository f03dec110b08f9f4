"""The check of who decided: a restriction by its name, as smtpd's own log tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postfix_lab.text import printable
from postfix_lab.verdict.checks.check import Check, Seen

if TYPE_CHECKING:
    from postfix_lab.evidence.evidence import Evidence
    from postfix_lab.verdict.explanation import Decision, ExplainedSession


def decided_by(restriction: str, *, within: str | None = None, session: int = 0) -> Check:
    """Want that restriction to have decided about the mail: its name, or the name with its argument.

    `within` is the list or class that it stands in. Sessions are counted from 0. Needs a mail host with
    `trace=True`; without it the verdict is unknown.
    """
    place = f" of {within}" if within else ""

    def look(evidence: Evidence) -> Seen:
        if evidence.configured is None:
            return Seen(ok=None, got="no trace; say @pytest.mark.mail_host(trace=True)")
        sessions = _explained(evidence)
        if session >= len(sessions):
            return Seen(ok=False, got=f"there were {len(sessions)} sessions")
        return _compare(sessions[session].decision, restriction, within)

    return Check("decided_by", f"decided by {restriction}{place}", look)


def decider(evidence: Evidence, session: int = 0) -> str:
    """Which restriction decided, and where it is written; empty without a trace, and where none did."""
    sessions = _explained(evidence) if evidence.configured is not None else ()
    decision = sessions[session].decision if session < len(sessions) else None
    if decision is None or decision.step is None:
        return ""
    found = decision.step.restriction
    return printable(f"{found.text} ({found.place})")


def _explained(evidence: Evidence) -> tuple[ExplainedSession, ...]:
    from postfix_lab.verdict.explanation import explain  # noqa: PLC0415 - the grammar of traces is large, and few scenarios have one

    return explain(evidence).sessions


def _compare(decision: Decision | None, restriction: str, within: str | None) -> Seen:
    if decision is None:
        return Seen(ok=False, got="smtpd evaluated nothing")
    if decision.step is None:
        return Seen(ok=None if decision.why == "unknown" else False, got=f"no restriction decided: {decision.why}")
    found = decision.step.restriction
    right = restriction in (found.name, found.text) and within in (None, found.list)
    return Seen(ok=right, got=printable(f"decided by {found.text} of {found.list} ({found.place})"))

"""Findings and plans as lines, so that a test can say all of them."""

from __future__ import annotations

from collections.abc import Iterable

from postfix_lab.audit.finding import AuditFinding
from postfix_lab.audit.probes import ProbePlan
from postfix_lab.audit.trial import Trial


def finding_lines(findings: Iterable[AuditFinding]) -> list[str]:
    """Each as its kind, severity, place, words, remedy and evidence."""
    return [f"{one.kind} {one.severity} {one.place}: {one.what} [{one.remedy}]{''.join(f' <{line}>' for line in one.evidence)}" for one in findings]


def plan_lines(plan: ProbePlan) -> list[str]:
    """Each trial, the wires, the sockets and the limit."""
    wires = [f"wire {wire.role} {wire.listen} -> {wire.to}" for wire in plan.wires]
    return [*map(_trial, plan.trials), *wires, f"touched {' '.join(plan.touched)}", f"limit {plan.dead_limit}"]


def _trial(trial: Trial) -> str:
    session, dialogue = trial.session, trial.session.dialogue
    said = " / ".join(getattr(step, "line", "") or step.stage for step in dialogue.steps)
    more = [word for word, is_so in (("tls", dialogue.tls_on_connect), ("unlogged", not session.logged)) if is_so]
    return " ".join([trial.aim, trial.service.name, f"{session.address}->{session.port}", *more, f"{trial.sender or '-'}: {said}"])

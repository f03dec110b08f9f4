"""Results of trials for the tests of what is found in them."""

from __future__ import annotations

from postfix_lab.audit.trial import Aim, Trial, TrialResult
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Restriction, Step
from postfix_lab.postfix.restrictions.evaluation import Result
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.smtp.transcript import Transcript
from postfix_lab.verdict.explanation import Decision, ExplainedSession

SMTP = Service("smtp", "inet", chrooted=True, command="smtpd", arguments=(), options=(), first=1, last=1)


def result(aim: Aim, transcript: Transcript, detail: str = "", service: Service = SMTP, step: Step | None = None) -> TrialResult:
    """The result of one trial; `step` decided about its recipient."""
    trial = Trial(aim, service, Session(Host("203.0.113.10"), Dialogue()), "ann@good.example", detail)
    said = EvaluatedCommand("RCPT", "", 0.0, (Evaluation("smtpd_relay_restrictions", "list", (step,) if step else ()),))
    decision = Decision(said, "restriction", step) if step else None
    return TrialResult(trial, transcript, ExplainedSession("203.0.113.10", 1, 25, "smtp/inet", (said,), (), decision))


def step(name: str, argument: str = "", result: Result = "reject", line: int = 5, answers: tuple[str, ...] = ()) -> Step:
    """A restriction of main.cf with its result."""
    return Step(Restriction(name, argument, Place("main.cf", line), "smtpd_relay_restrictions", 0), result, answers=answers)

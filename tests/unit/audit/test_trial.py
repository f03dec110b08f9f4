"""A trial and its result."""

from __future__ import annotations

from postfix_lab.audit.trial import Aim, Trial, TrialResult, open_session
from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Restriction, Step
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import mail
from postfix_lab.verdict.explanation import ExplainedSession
from tests.unit.audit.conftest import Write
from tests.unit.evidence_builder import session

CLIENT = Host("203.0.113.10", "mail.good.example")


def test_tls_from_the_start(write: Write) -> None:
    """The listener says whether, and at which port."""
    draft = write(master="smtps inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n").draft
    smtp, smtps = draft.services[0], draft.services[-1]
    opened = [open_session(draft, one, CLIENT, "203.0.113.10", mail(helo="a.example")) for one in (smtp, smtps)]
    assert [(one.port, one.dialogue.tls_on_connect) for one in opened] == [(25, False), (465, True)]


def test_the_steps_of_some_commands(write: Write) -> None:
    """Those of the named commands; none without an explanation."""
    service = write().services[0]
    step = Step(Restriction("reject", "", Place("main.cf", 5), "smtpd_relay_restrictions", 0), "reject")
    said = EvaluatedCommand("RCPT", "", 0.0, (Evaluation("smtpd_relay_restrictions", "list", (step,)),))
    trial = Trial(Aim.LOGIN, service, open_session(write().draft, service, CLIENT, "203.0.113.10", mail(helo="a.example")))
    result = TrialResult(trial, session(), ExplainedSession("203.0.113.10", 1, 25, "smtp/inet", (said,), ()))
    assert (list(result.steps("RCPT")), list(result.steps("MAIL"))) == ([step], [])
    assert list(result._replace(explained=None).steps("RCPT")) == []

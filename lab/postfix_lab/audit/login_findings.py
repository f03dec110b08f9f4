"""Listeners at which no user can log in and send mail, whether with TLS or in the clear."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.audit.settled import settled_place
from postfix_lab.audit.trial import Aim, TrialResult
from postfix_lab.smtp.transcript import Exchange
from postfix_lab.text import printable
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.reply_outcome import session_outcome

_OWNER = re.compile(r"not owned by user|not logged in")
_BROKEN = re.compile(
    r"451 4\.3\.|454 4\.7\.0 TLS not available|451 4\.7\.1 Service unavailable"
    r"|450 .*[Aa]ddress verification in progress"
)
"""A map, a service or the queue that does not work is a finding of its own; a callout ends after this session."""
_SUBMISSION = ("587", "465")


def judge(written: AdminConfig, results: Sequence[TrialResult]) -> Iterator[AuditFinding]:
    """Yield a finding for each submission service, or for port 25 where there is no other, at which nobody can."""
    logins = [result for result in results if result.trial.aim is Aim.LOGIN]
    services = list(dict.fromkeys(result.trial.service for result in logins))
    submission = [service for service in services if service.port in _SUBMISSION]
    for service in submission or services:
        mine = [result for result in logins if result.trial.service == service]
        refusals = [refusal for result in mine if (refusal := _refusal(result)) is not None]
        if refusals and len(refusals) == len(mine):
            yield _finding(written, mine[0], refusals[0])


def _refusal(result: TrialResult) -> Exchange | None:
    """Return what refused the login or the mail; None if it went through, or only the sender was not the user's."""
    decided = session_outcome(result.transcript)
    login = next((e for e in result.transcript.exchanges if e.stage == "AUTH" and e.refused), None)
    if login is None and (decided.fate is Fate.ACCEPT or decided.exchange is None):
        return None
    refused = login or decided.exchange
    text = str(refused.reply) if refused and refused.reply else ""
    return None if _OWNER.search(text) or _BROKEN.match(text) or not text else refused


def _finding(written: AdminConfig, result: TrialResult, refused: Exchange) -> AuditFinding:
    service, decision = result.trial.service, result.explained.decision if result.explained else None
    step = decision.step if decision else None
    place = written.trace_place(step.restriction.place) if step else settled_place(written, service, refused)
    place = place if place.line else written.service_place(service)
    by = f", by {step.restriction.text}" if step else ""
    said = refused.said.partition(" ")[0] or "connecting"
    at = f"{service.name} (port {service.port})"
    what = f"nobody can submit mail at {at}{by}: {said} {result.trial.detail} -> {refused.reply}"
    remedy = f"mend what refuses it; `postfix-lab explain --port {service.port}` shows the lists"
    if step is not None:
        remedy = (
            "put permit_sasl_authenticated in front of it, and leave smtpd_delay_reject = yes: AUTH comes after EHLO"
        )
    elif refused.stage == "AUTH":
        remedy = "see smtpd_sasl_auth_enable, smtpd_sasl_type and smtpd_sasl_path of that service"
    return AuditFinding(FindingKind.SUBMISSION, Severity.ERROR, place, printable(what), remedy)

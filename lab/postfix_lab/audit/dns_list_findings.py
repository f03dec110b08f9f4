"""DNS lists whose refusal of a public resolver counts as a listing here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.dns_list_probes import REFUSAL
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.audit.practice.gone_lists import is_gone
from postfix_lab.audit.trial import Aim, TrialResult
from postfix_lab.fit.draft import Setting
from postfix_lab.postfix.restrictions import Step

_ANSWER_SO = ("spamhaus.org", "spamhaus.net", "dnswl.org", "uribl.com", "surbl.org")
"""The lists that are known to answer public resolvers with an address."""


def judge(written: AdminConfig, results: Sequence[TrialResult]) -> Iterator[AuditFinding]:
    """Yield a finding for each list whose refusal refused a client that is accepted else, or permitted it."""
    for result in results:
        domain = result.trial.detail
        if result.trial.aim is not Aim.REFUSAL or is_gone(domain):
            continue
        refused = [reply for reply in result.transcript.replies("RCPT") if not reply.positive and domain in reply.text]
        permits = next(
            (step for step in result.steps("RCPT", "MAIL", "EHLO") if step.result == "permit" and _asks(step, domain)),
            None,
        )
        if refused or permits:
            yield _finding(written, domain, permits)


def _asks(step: Step, domain: str) -> bool:
    return step.restriction.argument.partition("=")[0].rstrip(".").lower() == domain


def _finding(written: AdminConfig, domain: str, permits: Step | None) -> AuditFinding:
    effect = "lets every client pass" if permits else "refuses every client"
    what = f"{domain}: its answer to a public resolver ({REFUSAL}) counts as a listing and {effect}"
    remedy = f"filter its answers, {domain}=127.0.0.[2..11], and ask it by a resolver of your own"
    if permits:
        remedy = f"filter its answers, {domain}=127.0.[0..255].[1..3], and ask it by a resolver of your own"
    known = any(domain == zone or domain.endswith(f".{zone}") for zone in _ANSWER_SO)
    severity = Severity.WARNING if known else Severity.NOTE
    return AuditFinding(FindingKind.LIST_REFUSAL, severity, _place(written, domain), what, remedy)


def _place(written: AdminConfig, domain: str) -> FilePlace:
    def names(setting: Setting) -> bool:
        return domain in setting.value.lower() and bool(setting.file)

    found = next((setting for setting in written.draft.settings() if names(setting)), None)
    return written.setting_place(found, domain) if found else written.first_place

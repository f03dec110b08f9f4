"""Findings from the sessions: listeners that do not answer, a refused canary mail, and clients that may relay."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.audit import delivery_findings, dns_list_findings, login_findings, recipient_findings
from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.audit.probes import ProbePlan
from postfix_lab.audit.settled import settled_place
from postfix_lab.audit.trial import Aim, TrialResult
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.log.daemon_death import is_death
from postfix_lab.postfix.log.grammar import log_line
from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.postfix.restrictions import Step
from postfix_lab.smtp.transcript import Exchange, Transcript
from postfix_lab.text import printable
from postfix_lab.verdict.explanation import ExplainedSession, explain
from postfix_lab.verdict.outcome import Fate
from postfix_lab.verdict.reply_outcome import session_outcome

_RELAY, _RECIPIENT = "smtpd_relay_restrictions", "smtpd_recipient_restrictions"


def judge(written: AdminConfig, plan: ProbePlan, evidence: Evidence) -> Iterator[AuditFinding]:
    """Yield the findings of all sessions."""
    explained = explain(evidence).sessions if evidence.configured else (None,) * len(plan.trials)
    results = [TrialResult(*three) for three in zip(plan.trials, evidence.sessions, explained, strict=False)]
    yield from _listener_findings(written, evidence, results)
    yield from _canary_findings(written, results)
    yield from delivery_findings.judge(written, evidence, results)
    yield from _relay_findings(written, results)
    yield from login_findings.judge(written, results)
    yield from recipient_findings.judge(written, results)
    yield from dns_list_findings.judge(written, results)


def _listener_findings(written: AdminConfig, evidence: Evidence, results: list[TrialResult]) -> Iterator[AuditFinding]:
    """Yield a finding for each listener without a banner, unless a daemon died, which is another finding."""
    dead = any(is_death(line) for line in evidence.lines)
    for trial, transcript, _ in results:
        if trial.aim is not Aim.OPEN or transcript.replies("CONNECT") or (dead and transcript.ended != "refused"):
            continue
        what = f"nobody greets at the listener {trial.service.name}: {transcript.error or transcript.ended}"
        lines = tuple(log_line(line) for line in evidence.lines if line.level)[:5]
        remedy = "see why its daemon does not answer: the log has its last words"
        place = written.service_place(trial.service)
        yield AuditFinding(FindingKind.LISTENER, Severity.ERROR, place, printable(what), remedy, lines)


def _canary_findings(written: AdminConfig, results: list[TrialResult]) -> Iterator[AuditFinding]:
    for result in results:
        if result.trial.aim is not Aim.CANARY:
            continue
        refused = _refusal(result.transcript)
        if refused is not None and refused.reply is not None:
            yield _refusal_finding(written, result, refused)
            return  # From the other address it is the same.


def _refusal(transcript: Transcript) -> Exchange | None:
    found = session_outcome(transcript).exchange
    return found if found is not None and found.refused else None


def _refusal_finding(written: AdminConfig, result: TrialResult, refused: Exchange) -> AuditFinding:
    broken = is_infrastructure(refused)
    severity = Severity.ERROR if broken else Severity.WARNING
    decision = result.explained.decision if result.explained else None
    step = decision.step if decision else None
    place = (
        written.trace_place(step.restriction.place) if step else settled_place(written, result.trial.service, refused)
    )
    by = f", by {step.restriction.text}" if step else ""
    why = "the mail host's own infrastructure is broken" if broken else "a good client's mail is refused"
    if step is not None and not broken and step.restriction.name.lower() == "check_recipient_access":
        why = f"mail to {refused.recipient} is refused, whoever sends it"
    what = printable(f"{why}{by}: {refused.said or 'connecting'} -> {refused.reply}")
    remedy = (
        "see the map or the service that the log complains of" if broken
        else f"if you mean it, all is well; else see `postfix-lab explain --client {result.trial.session.address}`"
    )  # fmt: skip
    return AuditFinding(FindingKind.CANARY, severity, place, what, remedy)


def _relay_findings(written: AdminConfig, results: list[TrialResult]) -> Iterator[AuditFinding]:
    """Yield one finding for each restriction that lets clients relay, with all those clients."""
    open_to: dict[tuple[FindingKind, FilePlace, str], list[TrialResult]] = {}
    for result in results:
        decided = session_outcome(result.transcript)
        accepted = decided.fate is Fate.ACCEPT and decided.stage == "MESSAGE"
        if result.trial.aim in (Aim.RELAY, Aim.GATEWAY, Aim.FORGED) and accepted:
            kind = FindingKind.GATEWAY if result.trial.aim is Aim.GATEWAY else FindingKind.RELAY
            step = _permitting_step(result.explained)
            place = _permitting_place(written, step)
            open_to.setdefault((kind, place, step.restriction.text if step else ""), []).append(result)
    strangers = {place for kind, place, _ in open_to if kind is FindingKind.RELAY}
    for (kind, place, text), several in open_to.items():
        if kind is FindingKind.RELAY:
            yield _open_relay_finding(place, text, several)
        elif place not in strangers:
            yield _gateway_finding(place, text, several)


def _permitting_place(written: AdminConfig, step: Step | None) -> FilePlace:
    """Return the place that permits them: mynetworks for permit_mynetworks, else the restriction, or the list."""
    if step is None:
        return written.parameter_place(_RELAY)
    known = [written.parameter_place(name) for name in ("mynetworks", "mynetworks_style")]
    trusted = next((place for place in known if place.line), written.first_place)
    by_network = step.restriction.name.lower() == "permit_mynetworks" and trusted.line
    return trusted if by_network else written.trace_place(step.restriction.place)


def _open_relay_finding(place: FilePlace, text: str, several: list[TrialResult]) -> AuditFinding:
    clients = ", ".join(dict.fromkeys(result.transcript.client for result in several))
    ports = ", ".join(dict.fromkeys(str(result.transcript.server_port) for result in several))
    as_whom = _claimed(several)
    by = f", let pass by {text}" if text else ", since no restriction refuses it"
    what = f"open relay: a stranger{as_whom} ({clients}) sends to x@relay.example at port {ports}{by}"
    remedy = "put reject_unauth_destination behind permit_mynetworks, permit_sasl_authenticated, and nothing else"
    if text.lower().startswith("permit_mynetworks"):
        remedy = "take networks that are not your own out of mynetworks"
    elif text.lower().startswith("check_"):
        remedy = "let the table say OK only behind reject_unauth_destination: anybody may claim a name or a sender"
    return AuditFinding(FindingKind.RELAY, Severity.ERROR, place, printable(what), remedy, _replies(several))


def _claimed(several: list[TrialResult]) -> str:
    """Return whom the strangers had to claim to be; empty if one of them was let pass as himself."""
    if all(result.trial.aim is Aim.FORGED for result in several):
        return f" who claims to be {several[0].trial.detail}"
    claims = [result.trial.sender for result in several if result.trial.aim is Aim.RELAY]
    borrowed = all(sender.startswith("postmaster@") for sender in claims)
    return f" who calls himself {claims[0]}" if borrowed else ""


def _gateway_finding(place: FilePlace, text: str, several: list[TrialResult]) -> AuditFinding:
    clients = ", ".join(dict.fromkeys(result.transcript.client for result in several))
    by = f", let pass by {text}" if text else ""
    what = f"whoever comes from a gateway's address ({clients}) may relay{by}"
    remedy = (
        "if a router or a container engine there puts its own address in place of the client's, everybody may relay: "
        "take that address out of mynetworks (!ADDRESS in front); else --ignore gateway-relay"
    )
    return AuditFinding(FindingKind.GATEWAY, Severity.WARNING, place, printable(what), remedy, _replies(several))


def _replies(several: list[TrialResult]) -> tuple[str, ...]:
    """Return commands and replies of the first of these sessions."""
    first = several[0].transcript
    answered = [e for e in first.exchanges if e.stage in ("MAIL", "RCPT", "MESSAGE") and e.said and e.reply]
    return tuple(printable(f"{exchange.said.splitlines()[0]} -> {exchange.reply}") for exchange in answered)


def _permitting_step(explained: ExplainedSession | None) -> Step | None:
    """Return the restriction that permitted the recipient; the relay restrictions go first."""
    commands = [c for c in explained.commands if c.verb == "RCPT"] if explained else []
    lists = [e for command in commands for e in command.lists if e.ran and e.name in (_RELAY, _RECIPIENT)]
    found = [step for e in lists if (step := e.decisive) and step.result == "permit"]
    return found[0] if found else None

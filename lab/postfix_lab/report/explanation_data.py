"""An explanation as plain values for `json.dumps`, with the type of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TypedDict

from postfix_lab.dns.query import query_line

if TYPE_CHECKING:
    from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Step
    from postfix_lab.verdict.explanation import Decision, ExplainedSession, Explanation
    from postfix_lab.verdict.route import Chooser, Route


class RestrictionData(TypedDict):
    """A restriction and where it is written."""

    restriction: str
    argument: str
    list: str
    file: str
    line: int | None
    """None where the file has none, as for a default."""


class StepData(RestrictionData):
    """A restriction of a list with its result; `within` has the lists that it made smtpd evaluate."""

    result: str
    decided: bool
    dns: Sequence[str]
    said: Sequence[str]
    entries: Sequence[str]
    """Where the entries are written that gave the answers: `/etc/postfix/access:3`."""
    replies: Sequence[str]
    warnings: Sequence[str]
    within: Sequence[EvaluationData]


class EvaluationData(TypedDict):
    """A list of restrictions, a class or a table."""

    list: str
    kind: str
    ran: bool
    restrictions: Sequence[StepData]


class CommandData(TypedDict):
    """A command of the client and the lists that were evaluated for it."""

    command: str
    said: str
    reply: str
    lists: Sequence[EvaluationData]


class DecisionData(TypedDict):
    """What decided a session; `why` is as in `Decision`."""

    command: str
    reply: str
    why: str
    restriction: RestrictionData | None
    worded: RestrictionData | None
    suspects: Sequence[RestrictionData]


class SessionData(TypedDict):
    """A session; without a decision if smtpd evaluated nothing."""

    client: str
    port: int
    server_port: int
    service: str
    decision: DecisionData | None
    routes: Sequence[RouteData]
    """Where the accepted mail goes for each recipient."""
    commands: Sequence[CommandData]


class SettingData(TypedDict):
    """A parameter, or an entry of its table, that decided something on the way of a mail."""

    parameter: str
    value: str
    file: str
    line: int | None


class ChangeData(TypedDict):
    """An address that a table turned into others, or to which it added a copy (`copies`)."""

    address: str
    results: Sequence[str]
    copies: bool
    by: SettingData


class WayData(TypedDict):
    """Where a final address goes, what chose that, and the last attempt to deliver it."""

    address: str
    orig_to: str
    transport: str
    nexthop: str
    chosen: Sequence[SettingData]
    status: str
    relay: str
    reason: str


class RouteData(TypedDict):
    """The way of a recipient."""

    recipient: str
    changes: Sequence[ChangeData]
    ways: Sequence[WayData]


class MailHostData(TypedDict):
    """The mail host of the sessions."""

    debian: int
    postfix: str
    configuration: str


class ExplanationData(TypedDict):
    """An explanation."""

    scenario: str
    mail_host: MailHostData
    notes: Sequence[str]
    """What the files leave to Postfix, and changes what all else means."""
    sessions: Sequence[SessionData]


def explanation_data(explanation: Explanation) -> ExplanationData:
    """The explanation as plain values for `json.dumps`; `line` is null where the file has none, as for a default."""
    host = explanation.mail_host
    return {
        "scenario": explanation.scenario,
        "mail_host": {"debian": host.debian, "postfix": host.postfix, "configuration": host.configuration},
        "notes": list(explanation.configured.notes),
        "sessions": [_session(session) for session in explanation.sessions],
    }


def _session(session: ExplainedSession) -> SessionData:
    decision = session.decision
    return {
        "client": session.client,
        "port": session.port,
        "server_port": session.server_port,
        "service": session.service,
        "decision": None if decision is None else _decision(decision),
        "routes": [_route(route) for route in session.routes],
        "commands": [_command(command, session.decisions) for command in session.commands],
    }


def _route(route: Route) -> RouteData:
    return {
        "recipient": route.recipient,
        "changes": [
            {
                "address": change.address,
                "results": list(change.results),
                "copies": change.copies,
                "by": _setting(change.by),
            }
            for change in route.changes
        ],
        "ways": [
            {
                "address": way.address,
                "orig_to": way.orig_to,
                "transport": way.transport,
                "nexthop": way.nexthop,
                "chosen": [_setting(one) for one in way.chosen],
                "status": way.status,
                "relay": way.relay,
                "reason": way.reason,
            }
            for way in route.ways
        ],
    }


def _setting(setting: Chooser) -> SettingData:
    return {
        "parameter": setting.parameter,
        "value": setting.value,
        "file": setting.place.file,
        "line": setting.place.line,
    }


def _decision(decision: Decision) -> DecisionData:
    return {
        "command": decision.command.verb,
        "reply": decision.command.reply,
        "why": decision.why,
        "restriction": None if decision.step is None else _restriction(decision.step),
        "worded": None if decision.worded is None else _restriction(decision.worded),
        "suspects": [_restriction(step) for step in decision.suspects],
    }


def _command(command: EvaluatedCommand, decisions: Iterable[Decision]) -> CommandData:
    mine = next((d.step for d in decisions if d.command is command), None)
    return {
        "command": command.verb,
        "said": command.said,
        "reply": command.reply,
        "lists": [_evaluation(evaluation, mine) for evaluation in command.lists],
    }


def _evaluation(evaluation: Evaluation, deciding: Step | None) -> EvaluationData:
    return {
        "list": evaluation.name,
        "kind": evaluation.kind,
        "ran": evaluation.ran,
        "restrictions": [_step(step, deciding) for step in evaluation.steps],
    }


def _step(step: Step, deciding: Step | None) -> StepData:
    return {
        **_restriction(step),
        "result": step.result,
        "decided": step is deciding,
        "dns": [query_line(query) for query in step.queries],
        "said": list(step.answers),
        "entries": [str(place) for place in step.entries],
        "replies": [f"{event.code} {event.enhanced or ''} {event.text}" for event in step.rejects],
        "warnings": list(step.warnings),
        "within": [_evaluation(inner, deciding) for inner in step.inner],
    }


def _restriction(step: Step) -> RestrictionData:
    written = step.restriction
    return {
        "restriction": written.name,
        "argument": written.argument,
        "list": written.list,
        "file": written.place.file,
        "line": written.place.line,
    }

"""Why a session ended as it did: the trace of its restrictions with what the evidence knows around it. Pure.

The decision is read from smtpd's own verbose log, and from postscreen's where one stands before it. Who put off a
deferral (`defer_if_permit`) is not in the log; the text of the reply tells it where only one restriction that was
evaluated can have said it, else it is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Literal

from postfix_lab.dns.query import Query
from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.evidence.mail_host_facts import MailHostFacts
from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.log.events import Connect, Reject
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.replies.wordings import can_put_off, can_say, can_soften
from postfix_lab.postfix.restrictions import Command, Evaluation, Step, evaluate
from postfix_lab.postfix.restrictions.postscreen import POSTSCREEN, SITES, screened
from postfix_lab.postfix.restrictions.restriction import service_of
from postfix_lab.postfix.restrictions.trace import of_session
from postfix_lab.smtp.transcript import Transcript

Why = Literal["restriction", "deferred", "permitted", "nothing refused", "left", "outside", "unknown"]
"""`restriction`: it refused; `deferred`: it had put off a deferral; `permitted`: it let the mail pass before the end;
`nothing refused`: every list ran to its end; `left`: the client went away before postscreen refused it anything;
`outside`: smtpd refused without asking a restriction (syntax, limits, authentication, TLS); `unknown`: the log does
not say."""
_BY_CLIENT = ("reject_unknown_client", "reject_unknown_reverse_client", "check_client_", "check_reverse_client_",
              "reject_rhsbl_client", "reject_rhsbl_reverse_client", "permit_rhswl_client")  # fmt: skip
"""Restrictions that rest on the names that smtpd looked up when the client connected."""
_REFUSED = 400
_BY_DEFAULT = ("Access denied", "Service unavailable")
"""What check_table_result() says for an action without a text."""


@dataclass(frozen=True)
class Decision:
    """What decided about one command."""

    command: Command
    why: Why
    step: Step | None = None
    suspects: tuple[Step, ...] = ()
    """Those among which the log does not tell, for `unknown`."""
    worded: Step | None = None
    """Whose words the reply has, where an earlier doubt made a deferral of the refusal (`defer_if_reject`)."""


@dataclass(frozen=True)
class ExplainedSession:
    """One session, command by command."""

    client: str
    port: int
    server_port: int
    service: str
    """The service of master.cf that it met, as postconf(1) names it: `submission/inet`."""
    commands: tuple[Command, ...]
    decisions: tuple[Decision, ...]
    """Of each command that was refused or for which a list ran, in order."""

    @property
    def decision(self) -> Decision | None:
        """The decision about the mail: the first refusal, else the last."""
        refused = (d for d in self.decisions if d.command.code >= _REFUSED)
        return next(refused, self.decisions[-1] if self.decisions else None)


@dataclass(frozen=True)
class Explanation:
    """All sessions of one scenario, explained."""

    scenario: str
    mail_host: MailHostFacts
    configured: Configured
    sessions: tuple[ExplainedSession, ...]


def explain(evidence: Evidence) -> Explanation:
    """Say for each session which restrictions were evaluated, in which order, with which result, and what decided.

    Raises `InputError` for evidence of a mail host that was not told to log it (`trace`).
    """
    if evidence.configured is None:
        raise InputError(
            f"the evidence of {evidence.scenario} has no trace, so nothing can be explained; "
            "run it with @pytest.mark.mail_host(trace=True), or with --lab-coverage"
        )
    sessions = tuple(_session(evidence, evidence.configured, transcript) for transcript in evidence.sessions)
    return Explanation(evidence.scenario, evidence.mail_host, evidence.configured, sessions)


def _session(evidence: Evidence, configured: Configured, transcript: Transcript) -> ExplainedSession:
    here = transcript.server in evidence.mail_host.addresses  # else it was another MTA's session
    service = service_of(configured, transcript.server_port, transcript.server) if here else ""
    lines = of_session(evidence.log, transcript.client, transcript.port)
    asked = _Asked(evidence, transcript, lines)
    spoken = (*screened(evidence.log, configured, transcript), *evaluate(lines, configured, service))
    commands = tuple(asked.tie(command) for command in spoken)
    decisions = tuple(decision for command in commands if (decision := _decision(command)))
    return ExplainedSession(
        transcript.client, transcript.port, transcript.server_port, service, commands, decisions
    )


def _decision(command: Command) -> Decision | None:
    if command.code >= _REFUSED:
        return _refusal(command)
    ran = [evaluation for evaluation in command.lists if evaluation.ran]
    if not ran:
        return None
    permits = [step for evaluation in ran if (step := evaluation.decisive)]
    if permits and permits[-1].result != "permit":
        return Decision(command, "restriction", permits[-1])  # postscreen hung up on somebody who had gone
    if not permits and ran[-1].name == POSTSCREEN:
        return Decision(command, "left")
    return Decision(command, "permitted", permits[-1]) if permits else Decision(command, "nothing refused")


def _refusal(command: Command) -> Decision:
    found = [step for e in command.lists if (step := e.decisive) and step.result in ("reject", "defer")]
    if found:
        return Decision(command, "restriction", found[-1], worded=_softened(command, found[-1]))
    put_off = [event for event in command.rejects if event.action == "reject"]
    if not put_off or not any(evaluation.ran for evaluation in command.lists):
        return Decision(command, "unknown" if _unsure(command) else "outside", suspects=_unsure(command))
    suspects = tuple(_passed(command.walk(), put_off[-1], can_put_off))
    first = suspects[0] if len({step.restriction for step in suspects}) == 1 else None
    return Decision(command, "deferred" if first else "unknown", first, suspects)


def _unsure(command: Command) -> tuple[Step, ...]:
    return tuple(step for step in command.walk() if step.result == "unknown")


def _softened(command: Command, refusing: Step) -> Step | None:
    """Each list begins without doubts (SMTPD_CHECK_RESET), so it can only be one of the same list."""
    refused = [event for event in refusing.rejects if event.action == "reject"]
    if not refused or _says(refusing, refused[-1].text):
        return None
    own = next(evaluation for evaluation in command.lists if any(step is refusing for step in evaluation.walk()))
    return next(_passed(own.walk(), refused[-1], can_soften), None)


def _passed(steps: Iterable[Step], event: Reject, can: Callable[[str, tuple[str, ...]], bool]) -> Iterator[Step]:
    """The innermost restrictions that were passed, and can have raised just that doubt."""
    for step in steps:
        passed = step.result == "dunno" and not step.inner and can(step.restriction.name, step.answers)
        if passed and _says(step, event.text):
            yield step


def _says(step: Step, text: str) -> bool:
    """Whether the text can be that restriction's; what a table answered is in the log, and has its words."""
    if step.answers and " rejected: " in text:
        words = text.partition(" rejected: ")[2]
        return words in _BY_DEFAULT or any(words in answer for answer in step.answers)
    return can_say(step.restriction.name, text)


class _Asked:
    """The questions of one session, tied to what rests on them."""

    def __init__(self, evidence: Evidence, transcript: Transcript, lines: tuple[LogLine, ...]) -> None:
        alone = all(
            other is transcript or other.finished < transcript.started or transcript.finished < other.started
            for other in evidence.sessions
        )
        connected = next((line.at for line in lines if isinstance(line.event, Connect)), 0.0)
        self._queries = evidence.queries if alone else ()  # else another session may have asked them
        self._all = evidence.queries
        self._reversed = ip_address(transcript.client).reverse_pointer.rsplit(".", 2)[0]
        self._names = tuple(_lookups(evidence.queries, transcript.client, connected))

    def tie(self, command: Command) -> Command:
        """The same command, each of its steps with the questions that it rests on."""
        return replace(command, lists=tuple(self._list(evaluation) for evaluation in command.lists))

    def _list(self, evaluation: Evaluation) -> Evaluation:
        return replace(evaluation, steps=tuple(self._step(step) for step in evaluation.steps))

    def _step(self, step: Step) -> Step:
        if not step.evaluated:
            return step
        own = [query for query in self._queries if step.began <= query.at <= step.ended]
        names = self._names if step.restriction.name.lower().startswith(_BY_CLIENT) else ()
        if step.restriction.list == SITES:
            names = tuple(query for query in self._all if query.name == self._listed(step.restriction.name))
        inner = tuple(self._list(evaluation) for evaluation in step.inner)
        return replace(step, queries=tuple(dict.fromkeys((*names, *own))), inner=inner)

    def _listed(self, site: str) -> str:
        """What postscreen asks one of its sites (`bl.example=127.0.0.2*3`) about the client."""
        return f"{self._reversed}.{re.split('[=*]', site)[0]}".lower()


def _lookups(queries: Iterable[Query], client: str, connected: float) -> Iterator[Query]:
    """The client's reverse lookup and that of the names that it led to (smtpd_peer.c), before `connect from`."""
    reverse = ip_address(client).reverse_pointer
    names: set[str] = set()
    for query in queries:
        if query.at > connected:
            continue
        if (query.type, query.name) == ("PTR", reverse):
            names.update(answer.removeprefix("PTR ").rstrip(".").lower() for answer in query.answers)
            yield query
        elif query.type in ("A", "AAAA") and query.name in names:
            yield query

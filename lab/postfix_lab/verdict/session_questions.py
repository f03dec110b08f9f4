"""Which DNS questions a restriction's result rests on: by name, or by the time at which it was evaluated. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import ip_address

from postfix_lab.dns.query import Query
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.postfix.log.events import Connect
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Step
from postfix_lab.postfix.restrictions.postscreen import SITES
from postfix_lab.smtp.transcript import Transcript

_BY_CLIENT = ("reject_unknown_client", "reject_unknown_reverse_client", "check_client_", "check_reverse_client_",
              "reject_rhsbl_client", "reject_rhsbl_reverse_client", "permit_rhswl_client")  # fmt: skip
"""Restrictions that rest on the names that smtpd looked up when the client connected."""


class SessionQuestions:
    """The DNS questions of one session, assigned to the restrictions that depend on them."""

    def __init__(self, evidence: Evidence, transcript: Transcript, lines: tuple[LogLine, ...]) -> None:
        alone = all(
            other is transcript or other.finished < transcript.started or transcript.finished < other.started
            for other in evidence.sessions
        )
        connected = next((line.at for line in lines if isinstance(line.event, Connect)), 0.0)
        self._queries = evidence.queries if alone else ()  # otherwise another session may have asked them
        self._all = evidence.queries
        self._reversed = ip_address(transcript.client).reverse_pointer.rsplit(".", 2)[0]
        self._names = tuple(client_lookups(evidence.queries, transcript.client, connected))

    def tie(self, command: EvaluatedCommand) -> EvaluatedCommand:
        """Return the command with the DNS questions added to each step that depends on them."""
        return replace(command, lists=tuple(self._list(evaluation) for evaluation in command.lists))

    def _list(self, evaluation: Evaluation) -> Evaluation:
        return replace(evaluation, steps=tuple(self._step(step) for step in evaluation.steps))

    def _step(self, step: Step) -> Step:
        if not step.is_evaluated:
            return step
        own = [query for query in self._queries if step.began <= query.at <= step.ended]
        names = self._names if step.restriction.name.lower().startswith(_BY_CLIENT) else ()
        if step.restriction.list == SITES:
            names = tuple(query for query in self._all if query.name == self._listed(step.restriction.name))
        inner = tuple(self._list(evaluation) for evaluation in step.inner)
        return replace(step, queries=tuple(dict.fromkeys((*names, *own))), inner=inner)

    def _listed(self, site: str) -> str:
        """Return the name that postscreen queries for the client at a site (`bl.example=127.0.0.2*3`)."""
        return f"{self._reversed}.{re.split('[=*]', site)[0]}".lower()


def client_lookups(queries: Iterable[Query], client: str, connected: float) -> Iterator[Query]:
    """Yield the client's reverse lookup and the lookups of its names (smtpd_peer.c), before `connect from`."""
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

"""The evaluated restrictions: the trace of the log combined with the configured lists, unreached restrictions included.

smtpd logs the restriction, not the list: relay and recipient restrictions both run under `Recipient address`. The order
of smtpd_check_rcpt() decides, and a list is only named if each name in the log is the next one of that list.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from postfix_lab.dns.query import Query
from postfix_lab.postfix.configuration import Configured
from postfix_lab.postfix.files.place import Place, split_words
from postfix_lab.postfix.log.events import Reject
from postfix_lab.postfix.log.grammar import LogLine
from postfix_lab.postfix.restrictions.restriction import BUILT_IN, Restriction, in_effect, restrictions
from postfix_lab.postfix.restrictions.stages import ABOUT, RELAY, DueList, due_lists
from postfix_lab.postfix.restrictions.trace import TracedCommand, TracedList, TracedRestriction, trace_commands
from postfix_lab.postfix.table_places import access_place

Result = Literal["not reached", "dunno", "permit", "reject", "defer", "unknown"]
Kind = Literal["list", "class", "table", "maps", "probe"]
_STATUS: dict[int, Result] = {0: "dunno", 1: "permit"}
_NOWHERE = Place("unknown")
_TEMPORARY = 4
_PROBE = ("permit_mynetworks", "permit_sasl_authenticated", "permit_auth_destination")
"""What smtpd asks by itself where compatibility_level is 0 and smtpd_relay_restrictions is empty, to warn of what
its newer default would refuse (smtpd_check_rcpt())."""
_BY_ITSELF = Place("smtpd")
_POLICY = " policy query"
"""What check_policy_service logs as the key that it looked up."""


@dataclass(frozen=True)
class Step:
    """One restriction and its result."""

    restriction: Restriction
    result: Result
    rejects: tuple[Reject, ...] = ()
    """Its refusals, also those that were only warnings (`reject_warning`)."""
    answers: tuple[str, ...] = ()
    """The answers of a table or a policy service: `REJECT go away`, `prepend Received-SPF: ...`."""
    warnings: tuple[str, ...] = ()
    """The warnings that smtpd logged meanwhile: `warning: unknown smtpd restriction`."""
    entries: tuple[Place, ...] = ()
    """Where the entries of tables are written that gave the answers, as far as their sources are known."""
    inner: tuple[Evaluation, ...] = ()
    began: float = 0.0
    ended: float = 0.0
    queries: tuple[Query, ...] = ()
    """The DNS questions that the result rests on."""

    @property
    def is_evaluated(self) -> bool:
        """Whether smtpd evaluated it."""
        return self.result not in ("not reached", "unknown")

    @property
    def is_decisive(self) -> bool:
        """Whether the list ended with it."""
        return self.result in ("permit", "reject", "defer")

    def walk(self) -> Iterator[Step]:
        """This step and those within it, outer ones first."""
        yield self
        for evaluation in self.inner:
            yield from evaluation.walk()


@dataclass(frozen=True)
class Evaluation:
    """One list and its steps; `ran`: whether smtpd ran it."""

    name: str
    """The parameter, the restriction class, or the table whose right-hand side it is; `unknown` if none is known."""
    kind: Kind
    steps: tuple[Step, ...]
    ran: bool = True

    @property
    def decisive(self) -> Step | None:
        """The innermost step that ended the list; None if no step did."""
        own = next((step for step in self.steps if step.is_decisive), None)
        within = [inner.decisive for inner in reversed(own.inner)] if own else []
        return next((step for step in within if step), own)

    def walk(self) -> Iterator[Step]:
        """Every step; the steps of a nested list follow the step that contains it."""
        for step in self.steps:
            yield from step.walk()


@dataclass(frozen=True)
class EvaluatedCommand:
    """One SMTP command with its restriction lists, in the order of evaluation."""

    verb: str
    said: str
    at: float
    lists: tuple[Evaluation, ...] = ()
    rejects: tuple[Reject, ...] = ()
    """Refusals outside of every restriction."""
    reply: str = ""
    """The last line of the reply."""

    @property
    def code(self) -> int:
        """The reply's code; 0 if there was no reply."""
        return int(self.reply[:3]) if self.reply[:3].isdigit() else 0

    def walk(self) -> Iterator[Step]:
        """Every step of it."""
        for evaluation in self.lists:
            yield from evaluation.walk()


@dataclass(frozen=True)
class _Scheme:
    configured: Configured
    service: str

    def class_of(self, name: str) -> str | None:
        """The restriction class of that name, spelled as declared; None if there is none."""
        return next((known for known in self.configured.classes if known.lower() == name.lower()), None)


def evaluate(lines: Iterable[LogLine], configured: Configured, service: str) -> tuple[EvaluatedCommand, ...]:
    """The commands of one session with the restrictions evaluated for each; `lines` are smtpd's lines of it."""
    scheme = _Scheme(configured, service)
    return tuple(_command(scheme, spoken) for spoken in trace_commands(lines))


def _command(scheme: _Scheme, spoken: TracedCommand) -> EvaluatedCommand:
    lists = tuple(_lists(scheme, spoken))
    return EvaluatedCommand(
        spoken.verb, spoken.said, spoken.at, lists, tuple(spoken.rejects), spoken.reply[-1] if spoken.reply else ""
    )


def _lists(scheme: _Scheme, spoken: TracedCommand) -> Iterator[Evaluation]:
    """Match the lists that ran with the configured ones, both in order; a list that matches none is `unknown`."""
    if not spoken.blocks:
        return
    waiting = [block for block in spoken.blocks if not _is_probe(scheme, block)]
    for one in due_lists(scheme.configured, scheme.service, spoken.verb):
        if waiting and (waiting[0].about, waiting[0].maps) == (one.about, one.maps):
            yield _list_evaluation(scheme, one, waiting.pop(0))
        elif not one.maps:
            yield Evaluation(one.name, "list", tuple(_later_steps(one.restrictions)), ran=False)
    for block in spoken.blocks:
        if _is_probe(scheme, block):
            known = tuple(Restriction(name, "", _BY_ITSELF, RELAY, n) for n, name in enumerate(_PROBE))
            yield Evaluation(RELAY, "probe", _steps(scheme, block, known, RELAY))
    for block in waiting:
        yield Evaluation("unknown", "maps" if block.maps else "list", _steps(scheme, block, (), "unknown"))


def _is_probe(scheme: _Scheme, block: TracedList) -> bool:
    """Whether smtpd asked these restrictions by itself; they decide nothing."""
    names = tuple(step.name for step in block.steps)
    empty = not scheme.configured.value(RELAY, scheme.service)
    return empty and block.about == ABOUT[RELAY] and names == _PROBE[: len(names)]


def _list_evaluation(scheme: _Scheme, one: DueList, block: TracedList) -> Evaluation:
    if one.maps:
        (restriction,) = one.restrictions
        return Evaluation(one.name, "maps", (_step(scheme, block.steps[0], restriction, done=True),))
    return Evaluation(one.name, "list", _steps(scheme, block, one.restrictions, one.name))


def _steps(scheme: _Scheme, block: TracedList, known: Sequence[Restriction], name: str) -> tuple[Step, ...]:
    """The restrictions that ran, then those that were not reached."""
    fits = all(seen.name.lower() == r.name.lower() for seen, r in zip(block.steps, known, strict=False))
    fits = fits and len(block.steps) <= len(known)
    taken = known[: len(block.steps)] if fits else tuple(_unknown_restrictions(block.steps, name))
    ran = [_step(scheme, seen, r, done=block.ended) for seen, r in zip(block.steps, taken, strict=True)]
    return (*ran, *(_later_steps(known[len(ran) :]) if fits else ()))


def _step(scheme: _Scheme, seen: TracedRestriction, restriction: Restriction, *, done: bool) -> Step:
    table = restriction.argument or restriction.name
    answers = tuple(_answer(said, table) for said in seen.tables)
    keys = (said.rpartition(" ")[2] for said in seen.tables)
    found = (access_place(scheme.configured, table, key, said) for key, said in zip(keys, answers, strict=True))
    return Step(
        restriction, _result(seen, done=done), tuple(seen.rejects), answers, tuple(seen.warnings),
        tuple(filter(None, found)),
        tuple(_nested_evaluation(scheme, seen, restriction, block, answers) for block in seen.inner),
        seen.began, seen.ended,
    )  # fmt: skip


def _result(seen: TracedRestriction, *, done: bool) -> Result:
    """The result, from the status that smtpd logs; a restriction that ended all lists has only a reject line."""
    refused = [event for event in seen.rejects if event.action == "reject"]
    within = [_result(step, done=block.ended) for block in seen.inner for step in block.steps]
    if seen.status in _STATUS:
        return _STATUS[seen.status]
    if refused and refused[-1].code:
        return "defer" if refused[-1].code // 100 == _TEMPORARY else "reject"
    if within:
        return within[-1]
    return "dunno" if done and not seen.name else "unknown"


def _nested_evaluation(
    scheme: _Scheme, seen: TracedRestriction, restriction: Restriction, block: TracedList, answers: tuple[str, ...]
) -> Evaluation:
    """The nested list: a restriction class, or the right-hand side of a table or policy service."""
    own = scheme.class_of(seen.name)
    if own is None and (built_in := BUILT_IN.get(seen.name.lower())):
        inner = tuple(replace(restriction, name=name, list=seen.name) for name in built_in)
        return Evaluation(seen.name, "class", _steps(scheme, block, inner, seen.name))
    if own is not None:
        return Evaluation(own, "class", _steps(scheme, block, in_effect(scheme.configured, own), own))
    table = restriction.argument or restriction.name
    place = Place(table)
    said = tuple(restrictions(split_words(answers[-1] if answers else "", place), table))
    return Evaluation(table, "table", _steps(scheme, block, said, table))


def _answer(said: str, table: str) -> str:
    """The table's answer without its name and key; smtpd logs the three with a blank between."""
    text = said.removeprefix(f"{table} ")
    policy = text.removesuffix(_POLICY)
    return (policy if policy != text else text.rpartition(" ")[0]).strip()


def _unknown_restrictions(steps: Iterable[TracedRestriction], name: str) -> Iterator[Restriction]:
    for index, seen in enumerate(steps):
        yield Restriction(seen.name, "", _NOWHERE, name, index)


def _later_steps(rest: Iterable[Restriction]) -> Iterator[Step]:
    for restriction in rest:
        yield Step(restriction, "not reached")

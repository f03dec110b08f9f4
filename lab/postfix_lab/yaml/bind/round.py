"""A round of a play: sessions in one world, and the checks about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from postfix_lab.runtime import clock
from postfix_lab.scenario.misbehaviour import crowd
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import LOCAL_ADDRESSES, Host, World
from postfix_lab.smtp.dialogue import mail
from postfix_lab.smtp.sendmail import Submission
from postfix_lab.verdict.checks import Check
from postfix_lab.verdict.checks.mail import answers_given
from postfix_lab.verdict.checks.outcomes import unless_closed
from postfix_lab.verdict.checks.questions import faults_met
from postfix_lab.verdict.guards import GUARDS
from postfix_lab.yaml.bind.client_dialogue import session
from postfix_lab.yaml.bind.declared_world import MAIL_HOST, DeclaredWorld, client, read_world
from postfix_lab.yaml.bind.expectations import (
    allows_closed_port,
    allows_several_verdicts,
    expectations,
    has_checks,
    result_checks,
    seen_checks,
    session_checks,
)
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.bind.submitted_mail import submission
from postfix_lab.yaml.read.document import WrittenRound
from postfix_lab.yaml.read.node import ScalarNode, at_node

_LIMIT = 30.0
_FAULT_HIT, _ANSWER_GIVEN = "fault-hit", "answer-given"


@dataclass(frozen=True)
class Round:
    """Sessions in one world, and the checks about them."""

    world: World
    sessions: tuple[Session, ...]
    checks: tuple[Check, ...]
    in_turn: bool = False
    at_once: int = 0
    """How many sessions are open at a time; 0 for all."""
    limit: float = _LIMIT
    without: tuple[str, ...] = ()
    tell: tuple[int, ...] = ()
    """Numbers of the sessions with several accepted verdicts; the report states the one that occurred."""
    tell_spf: bool = False
    """Whether several SPF results are accepted, so that the report states the one that occurred."""
    later: timedelta = timedelta()
    """How far to advance Postfix's clock before this round."""
    session_names: tuple[str, ...] = ()
    """The name of each session in the report; empty if it has none."""
    retry: bool = False
    """Whether the queue is tried once more: after the sessions, or in their place if there was a round before."""
    until: tuple[str, ...] = ()
    """Texts to wait for in the log after `later`, in place of the sessions."""
    further: tuple[tuple[str, int], ...] = ()
    """Texts to wait for in the log at the end, each with the number of lines that have it."""
    introduced: bool = False
    """Whether each client has passed postscreen's after-220 tests before, if they are on."""

    submissions: tuple[Submission, ...] = ()
    """Mail that is submitted by sendmail(1), after the sessions."""

    def introductions(self, recipient: str) -> tuple[Session, ...]:
        """Return a first session of each client, which ends at postscreen."""
        clients = dict.fromkeys((session.client, session.address) for session in self.sessions)
        dialogues = {host: mail(helo=host.greeting, to=recipient).until("RCPT") for host, _ in clients}
        return tuple(Session(host, dialogues[host], source=address) for host, address in clients)

    def at(self, mail_host: str) -> Round:
        """Return the round with the mail host's address filled in for MTAs that forward to it."""

        def known(host: Host) -> Host:
            if host.mta is None or host.mta.forward_to != MAIL_HOST:
                return host
            return replace(host, mta=replace(host.mta, forward_to=mail_host))

        hosts = tuple(known(host) for host in self.world.hosts)
        sessions = tuple(replace(s, client=known(s.client)) for s in self.sessions)
        return replace(self, world=replace(self.world, hosts=hosts), sessions=sessions)


@dataclass(frozen=True)
class _BoundSession:
    """What the keys of one session mean in a setup."""

    client: Host
    name: str
    """Its name in the report; empty if it has none."""
    copies: tuple[Session, ...]
    """The session, as often as `crowd` says."""
    expected: Section


def bind_round(written: WrittenRound, test: ScalarNode, words: Mapping[str, str]) -> Round:
    """Return the round in the setup that the words belong to; `test` is the name of the test, for errors about it."""
    section = Section(written.keys, words)
    world = read_world(section, Section(written.own, words))
    each_section = [Section(keys, words) for keys in written.sessions]
    submitted = [each for each in each_section if each.node("submit") is not None]
    submissions = tuple(map(submission, submitted))
    for each in each_section:
        if each.node("submit") is None and (node := each.node("extract-recipients")):
            raise node.place.error("`extract-recipients` is an option of sendmail(1), so it needs `submit`")
    bound = [_bind_session(each, world) for each in each_section if each.node("submit") is None]
    every = [(each, copy) for each in bound for copy in each.copies]
    names = tuple(each.name for each, _ in every)
    checks = [check for n, (each, _) in enumerate(every) for check in session_checks(each.expected, n, names)]
    own = [expectations(each) for each in submitted]
    checks += [check for n, each in enumerate(own, len(every)) for check in session_checks(each, n)]
    expected = expectations(section)
    if not (section.nodes("result") or any(map(has_checks, (expected, *own, *(each.expected for each in bound))))):
        raise test.place.error("the test asserts nothing; say under `expect` what has to be seen")
    first = every[0][1].address if every else LOCAL_ADDRESSES[0]
    checks += seen_checks(expectations(section.with_word("host", first)), world.hosts)
    checks += result_checks(section)
    without = section.texts("without")
    guards = _own_guards(world, [each.client for each in bound], without)
    return Round(
        world.world,
        tuple(copy for _, copy in every),
        (*checks, *(unless_closed(guard) if allows_closed_port(expected) else guard for guard in guards)),
        section.flag("in-turn"),
        int(section.text("at-once") or 0),
        float(section.text("limit") or _LIMIT),
        tuple(name for name in GUARDS if name in (*without, _FAULT_HIT, _ANSWER_GIVEN)),
        tuple(_to_tell(bound)),
        len(section.nodes("result")) > 1,
        _later(section),
        names,
        section.flag("retry"),
        _until(section),
        tuple(_further(section)),
        section.flag("introduced"),
        submissions,
    )


def _bind_session(section: Section, world: DeclaredWorld) -> _BoundSession:
    host = client(section, world.hosts)
    client_session = session(section, host, _via(section, world))
    crowded = section.text("crowd")
    copies = (client_session,) if crowded is None else crowd(client_session, int(crowded))
    expected = expectations(section.with_word("host", client_session.address))
    return _BoundSession(host, section.text("case") or "", copies, expected)


def _to_tell(bound: Sequence[_BoundSession]) -> Iterator[int]:
    """Yield the numbers of the sessions with several accepted verdicts; of a crowd, that of the first."""
    number = 0
    for bound_session in bound:
        if allows_several_verdicts(bound_session.expected):
            yield number
        number += len(bound_session.copies)


def _later(section: Section) -> timedelta:
    node = section.node("later")
    if node is None:
        return timedelta()
    with at_node(node):
        return clock.parse_span(section.fill(node))


def _until(section: Section) -> tuple[str, ...]:
    node = section.node("until")
    if node is None:
        return ()
    if section.node("later") is None:
        raise node.place.error("`until` waits for what comes of `later`, and this step has none; or say `further`")
    if (other := section.node("retry") or section.node("further")) is not None:
        raise other.place.error("a step with `until` holds no session that could be seen further; use another step")
    return section.texts("until")


def _further(section: Section) -> Iterator[tuple[str, int]]:
    """Yield each text to wait for with its number of lines."""
    for node in section.nodes("further"):
        about = section.of(node)
        text = section.fill(node) if isinstance(node, ScalarNode) else about.text("text")
        yield text or "", int(about.text("times") or 1)


def _via(section: Section, world: DeclaredWorld) -> Host | None:
    node = section.node("via")
    if node is None:
        return None
    name = section.fill(node)
    if name not in world.hosts or world.hosts[name].mta is None:
        raise node.place.error(f"`via` is a name from `hosts` that has an `mta`, and {name!r} is none")
    return world.hosts[name]


def _own_guards(world: DeclaredWorld, clients: Sequence[Host], without: Collection[str]) -> tuple[Check, ...]:
    """Return checks that replace two guards: only the test's own faults and answers have to be used."""
    groups = (*world.faults_to_meet, *(host.dns_faults() for host in dict.fromkeys(clients) if host.dns_faults()))
    faults = (faults_met(*groups),) if groups and _FAULT_HIT not in without else ()
    answering = [host for host in world.own_hosts if host.mta and host.mta.answers and _ANSWER_GIVEN not in without]
    return (*faults, answers_given(*answering)) if answering else faults

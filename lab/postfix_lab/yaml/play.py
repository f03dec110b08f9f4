"""A play: one test in one setup, as worlds, sessions and checks that can be run and judged."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from postfix_lab.runtime import clock
from postfix_lab.runtime.own_zones import own_domain, own_name
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.misbehaviour import crowd
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host, World
from postfix_lab.smtp.dialogue import mail
from postfix_lab.verdict.checks import Check
from postfix_lab.verdict.checks.mail import answers_given
from postfix_lab.verdict.checks.outcomes import unless_closed
from postfix_lab.verdict.checks.questions import faults_met
from postfix_lab.verdict.guards import GUARDS
from postfix_lab.yaml.client_dialogue import session
from postfix_lab.yaml.document import WrittenTest, read_tests
from postfix_lab.yaml.expectations import (
    allows_closed_port,
    allows_several_verdicts,
    expectations,
    has_checks,
    result_checks,
    seen_checks,
    session_checks,
)
from postfix_lab.yaml.layers import Layer, Section, at_node, layer, merge_layers
from postfix_lab.yaml.mail_host_keys import chroots, makes_sense, releases, setup_of
from postfix_lab.yaml.node import TableNode
from postfix_lab.yaml.per_configuration import items, list_zones
from postfix_lab.yaml.world_keys import MAIL_HOST, DeclaredWorld, client, read_world

_LIMIT = 30.0
_FAULT_HIT, _ANSWER_GIVEN = "fault-hit", "answer-given"
_FITTED = ("tables", "csv", "config")
"""Keys that a configuration may not fit; a mistake without a place of its own is told at the first that is said."""


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
    introduced: bool = False
    """Whether each client has passed postscreen's after-220 tests before, if they are on."""

    def introductions(self, recipient: str) -> tuple[Session, ...]:
        """Return a first session of each client, which ends at postscreen."""
        clients = dict.fromkeys((session.client, session.address) for session in self.sessions)
        spoken = {host: mail(helo=host.greeting, to=recipient).until("RCPT") for host, _ in clients}
        return tuple(Session(host, spoken[host], source=address) for host, address in clients)

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
class Play:
    """One test on one release in one setup; `id` is unique in its file: `liar[soft-12]`."""

    id: str
    name: str
    labels: tuple[str, ...]
    """Its labels within tests of one name, without release and chroot."""
    line: int
    debian: int
    setup: Setup
    rounds: tuple[Round, ...]
    xfail: str | None = None
    skip: str | None = None


@dataclass(frozen=True)
class Wanted:
    """Defaults from the command line: releases, and chroot states and configuration for tests that name none."""

    releases: Sequence[int]
    chroots: Sequence[str] = ("packaged",)
    config: Path | None = None


def plays(path: Path, wanted: Wanted) -> tuple[Play, ...]:
    """Return the plays of a file; raises InputError with the position of the first mistake."""
    return tuple(play for test in read_tests(path) for play in _plays(test, wanted))


def _plays(test: WrittenTest, wanted: Wanted) -> Iterator[Play]:
    keys = merge_layers(test.shared, test.own)
    states = chroots(keys) or tuple(wanted.chroots)
    plain = states == ("packaged",)
    known: dict[tuple[str, ...], tuple[Round, ...]] = {}
    for debian in wanted.releases:
        if debian not in releases(keys):
            continue
        for state in states:
            setup = setup_of(keys, state, wanted.config)
            with at_node(next((keys[key] for key in _FITTED if key in keys), test.key)):
                if not makes_sense(keys, setup):
                    continue
                called_for = tuple(_combinations(keys, setup))
            for labels, words in called_for:
                told = (*labels, *sorted(words.values()))
                if told not in known:  # They differ only in whose mail host it is.
                    known[told] = tuple(_add_dns_lists(one, setup) for one in _rounds(test, keys, words))
                variant = (*test.labels, *labels)
                name = f"{test.name}[{'-'.join((*variant, str(debian), *(() if plain else (state,))))}]"
                yield _play(test, Section(keys, {}), setup, name, (variant, debian, known[told]))


def _combinations(keys: Layer, setup: Setup) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Yield labels and words: one pair, or with `each` one for each item of the configuration."""
    fitted = setup.fitted()
    words = {"mydomain": own_domain(setup), "myhostname": own_name(setup), "recipient": fitted.recipient}
    each = Section(keys, {}).text("each")
    for label, about in items(each, fitted) if each else (("", {}),):
        yield ((label,) if label else ()), {**words, **about}


def _add_dns_lists(one: Round, setup: Setup) -> Round:
    """Return the round with an empty zone added for each DNS list that the configuration names."""
    return replace(one, world=replace(one.world, zones=(*one.world.zones, *list_zones(setup.fitted()))))


def _play(
    test: WrittenTest, section: Section, setup: Setup, name: str, rest: tuple[tuple[str, ...], int, tuple[Round, ...]]
) -> Play:  # fmt: skip
    labels, debian, rounds = rest
    if any(check.name == "decided_by" for one in rounds for check in one.checks):
        setup = replace(setup, trace=True)
    if any(one.later for one in rounds):
        setup = replace(setup, clock=True)
    line, ends = test.key.place.line, (section.text("xfail"), section.text("skip"))
    return Play(name, test.name, labels, line, debian, setup, rounds, *ends)


def _rounds(test: WrittenTest, keys: Layer, words: Mapping[str, str]) -> Iterator[Round]:
    section, own = Section(keys, words), Section(test.own, words)
    steps = section.nodes("steps")
    if not steps:
        yield _round(test, section, own)
    rest = {key: value for key, value in keys.items() if key != "steps"}
    for step in steps:
        above = layer(step) if isinstance(step, TableNode) else {}
        section = Section(merge_layers(rest, above), words)
        yield replace(_round(test, section, own.overlay(above)), later=_later(section))


def _later(section: Section) -> timedelta:
    node = section.node("later")
    if node is None:
        return timedelta()
    with at_node(node):
        return clock.parse_span(section.fill(node))


def _round(test: WrittenTest, section: Section, own: Section) -> Round:
    here = read_world(section, own)
    clients: list[Host] = []
    sessions: list[Session] = []
    checks: list[Check] = []
    tell: list[int] = []
    expected = expectations(section)
    several = [section.overlay(section.of(node).keys) for node in section.nodes("sessions")] or [section]
    judged: list[tuple[int, Section]] = []
    names: list[str] = []
    proves = bool(section.nodes("result")) or has_checks(expected)
    for one in several:
        host = client(one, here.hosts)
        spoken = session(one, host, _via(one, here))
        its_own = expectations(one.with_word("host", spoken.address))
        proves = proves or has_checks(its_own)
        clients.append(host)
        tell += [len(sessions)] if allows_several_verdicts(its_own) else []
        for copy in _session_copies(spoken, one.text("crowd")):
            judged.append((len(sessions), its_own))
            names.append(one.text("case") or "")
            sessions.append(copy)
    called = tuple(names)
    for number, its_own in judged:
        checks += session_checks(its_own, number, called)
    if not proves:
        raise test.key.place.error("the test asserts nothing; say under `expect` what has to be seen")
    first = sessions[0].address
    checks += seen_checks(expectations(section.with_word("host", first)), here.hosts)
    checks += result_checks(section)
    without = section.texts("without")
    guards = _own_guards(here, clients, without)
    return Round(
        here.world,
        tuple(sessions),
        (*checks, *(unless_closed(guard) if allows_closed_port(expected) else guard for guard in guards)),
        section.flag("in-turn"),
        int(section.text("at-once") or 0),
        float(section.text("limit") or _LIMIT),
        tuple(name for name in GUARDS if name in (*without, _FAULT_HIT, _ANSWER_GIVEN)),
        tuple(tell),
        len(section.nodes("result")) > 1,
        session_names=called,
        introduced=section.flag("introduced"),
    )


def _session_copies(spoken: Session, crowded: str | None) -> tuple[Session, ...]:
    return (spoken,) if crowded is None else crowd(spoken, int(crowded))


def _via(section: Section, here: DeclaredWorld) -> Host | None:
    node = section.node("via")
    if node is None:
        return None
    name = section.fill(node)
    if name not in here.hosts or here.hosts[name].mta is None:
        raise node.place.error(f"`via` is a name from `hosts` that has an `mta`, and {name!r} is none")
    return here.hosts[name]


def _own_guards(here: DeclaredWorld, clients: Sequence[Host], without: Collection[str]) -> tuple[Check, ...]:
    """Return checks that replace two guards: only the test's own faults and answers have to be used."""
    groups = (*here.faults_to_meet, *(host.dns_faults() for host in dict.fromkeys(clients) if host.dns_faults()))
    faults = (faults_met(*groups),) if groups and _FAULT_HIT not in without else ()
    answering = [host for host in here.own_hosts if host.mta and host.mta.answers and _ANSWER_GIVEN not in without]
    return (*faults, answers_given(*answering)) if answering else faults

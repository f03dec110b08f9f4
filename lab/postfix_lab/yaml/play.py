"""A play: one test in one setup, worked out to worlds, sessions and checks, ready to be run and judged."""

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
    asserts,
    expectations,
    may_be_closed,
    result_checks,
    seen_checks,
    session_checks,
    verdict_is_open,
)
from postfix_lab.yaml.layers import Layer, Said, at_node, layer, merge_layers
from postfix_lab.yaml.mail_host_keys import chroots, makes_sense, releases, setup_of
from postfix_lab.yaml.node import Table
from postfix_lab.yaml.per_configuration import items, list_zones
from postfix_lab.yaml.world_keys import MAIL_HOST, Around, around, client

_LIMIT = 30.0
_FAULT_HIT, _ANSWER_GIVEN = "fault-hit", "answer-given"
_FITTED = ("tables", "csv", "config")
"""Keys that a configuration may not fit; a mistake without a place of its own is told at the first that is said."""


@dataclass(frozen=True)
class Round:
    """Sessions in one world, and what is to be seen of them."""

    world: World
    sessions: tuple[Session, ...]
    checks: tuple[Check, ...]
    in_turn: bool = False
    at_once: int = 0
    """How many sessions are open at a time; 0 for all."""
    limit: float = _LIMIT
    without: tuple[str, ...] = ()
    tell: tuple[int, ...] = ()
    """Sessions of which several verdicts will do: the report tells which one it was."""
    tell_spf: bool = False
    """Whether several SPF results will do, so that it tells that as well."""
    later: timedelta = timedelta()
    """How much later than in the round before it is for Postfix."""
    called: tuple[str, ...] = ()
    """What the report calls each session; empty where it has no name."""
    introduced: bool = False
    """Whether each client has passed postscreen's tests after the greeting before, where there are any."""

    def introductions(self, recipient: str) -> tuple[Session, ...]:
        """A first visit of each client, which only postscreen ever sees."""
        clients = dict.fromkeys((session.client, session.address) for session in self.sessions)
        spoken = {host: mail(helo=host.greeting, to=recipient).until("RCPT") for host, _ in clients}
        return tuple(Session(host, spoken[host], source=address) for host, address in clients)

    def at(self, mail_host: str) -> Round:
        """The same where MTAs that send on to the mail host know its address."""

        def known(host: Host) -> Host:
            if host.mta is None or host.mta.forward_to != MAIL_HOST:
                return host
            return replace(host, mta=replace(host.mta, forward_to=mail_host))

        hosts = tuple(known(host) for host in self.world.hosts)
        sessions = tuple(replace(s, client=known(s.client)) for s in self.sessions)
        return replace(self, world=replace(self.world, hosts=hosts), sessions=sessions)


@dataclass(frozen=True)
class Play:
    """One test on one release in one setup; `id` tells it from the others of its file: `liar[soft-12]`."""

    id: str
    name: str
    labels: tuple[str, ...]
    """What tells it from the other tests of its name, without release and chroot."""
    line: int
    debian: int
    setup: Setup
    rounds: tuple[Round, ...]
    xfail: str | None = None
    skip: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What the call says for tests that do not say it: releases to run on, chroot states, a configuration."""

    releases: Sequence[int]
    chroots: Sequence[str] = ("packaged",)
    config: Path | None = None


def plays(path: Path, wanted: Wanted) -> tuple[Play, ...]:
    """Everything that a file asks for; raises InputError with the place of the first mistake."""
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
                called_for = tuple(_called_for(keys, setup))
            for labels, words in called_for:
                told = (*labels, *sorted(words.values()))
                if told not in known:  # They differ only in whose mail host it is.
                    known[told] = tuple(_with_lists(one, setup) for one in _rounds(test, keys, words))
                variant = (*test.labels, *labels)
                name = f"{test.name}[{'-'.join((*variant, str(debian), *(() if plain else (state,))))}]"
                yield _play(test, Said(keys, {}), setup, name, (variant, debian, known[told]))


def _called_for(keys: Layer, setup: Setup) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """The labels and words of the test in that setup: one, or one for each thing that the configuration has."""
    fitted = setup.fitted()
    words = {"mydomain": own_domain(setup), "myhostname": own_name(setup), "recipient": fitted.recipient}
    each = Said(keys, {}).text("each")
    for label, about in items(each, fitted) if each else (("", {}),):
        yield ((label,) if label else ()), {**words, **about}


def _with_lists(one: Round, setup: Setup) -> Round:
    """The same in a world in which each DNS list that the configuration names is there, if only empty."""
    return replace(one, world=replace(one.world, zones=(*one.world.zones, *list_zones(setup.fitted()))))


def _play(
    test: WrittenTest, said: Said, setup: Setup, name: str, rest: tuple[tuple[str, ...], int, tuple[Round, ...]]
) -> Play:  # fmt: skip
    labels, debian, rounds = rest
    if any(check.name == "decided_by" for one in rounds for check in one.checks):
        setup = replace(setup, trace=True)
    if any(one.later for one in rounds):
        setup = replace(setup, clock=True)
    line, ends = test.key.place.line, (said.text("xfail"), said.text("skip"))
    return Play(name, test.name, labels, line, debian, setup, rounds, *ends)


def _rounds(test: WrittenTest, keys: Layer, words: Mapping[str, str]) -> Iterator[Round]:
    said, own = Said(keys, words), Said(test.own, words)
    steps = said.nodes("steps")
    if not steps:
        yield _round(test, said, own)
    rest = {key: value for key, value in keys.items() if key != "steps"}
    for step in steps:
        above = layer(step) if isinstance(step, Table) else {}
        said = Said(merge_layers(rest, above), words)
        yield replace(_round(test, said, own.but(above)), later=_later(said))


def _later(said: Said) -> timedelta:
    node = said.node("later")
    if node is None:
        return timedelta()
    with at_node(node):
        return clock.parse_span(said.fill(node))


def _round(test: WrittenTest, said: Said, own: Said) -> Round:
    here = around(said, own)
    clients: list[Host] = []
    sessions: list[Session] = []
    checks: list[Check] = []
    tell: list[int] = []
    expected = expectations(said)
    several = [said.but(said.of(node).keys) for node in said.nodes("sessions")] or [said]
    judged: list[tuple[int, Said]] = []
    names: list[str] = []
    proves = bool(said.nodes("result")) or asserts(expected)
    for one in several:
        host = client(one, here.hosts)
        spoken = session(one, host, _via(one, here))
        its_own = expectations(one.with_word("host", spoken.address))
        proves = proves or asserts(its_own)
        clients.append(host)
        tell += [len(sessions)] if verdict_is_open(its_own) else []
        for held in _held(spoken, one.text("crowd")):
            judged.append((len(sessions), its_own))
            names.append(one.text("case") or "")
            sessions.append(held)
    called = tuple(names)
    for number, its_own in judged:
        checks += session_checks(its_own, number, called)
    if not proves:
        raise test.key.place.error("the test asserts nothing; say under `expect` what has to be seen")
    first = sessions[0].address
    checks += seen_checks(expectations(said.with_word("host", first)), here.hosts)
    checks += result_checks(said)
    without = said.texts("without")
    return Round(
        here.world,
        tuple(sessions),
        (*checks, *(unless_closed(c) if may_be_closed(expected) else c for c in _met(here, clients, without))),
        said.flag("in-turn"),
        int(said.text("at-once") or 0),
        float(said.text("limit") or _LIMIT),
        tuple(name for name in GUARDS if name in (*without, _FAULT_HIT, _ANSWER_GIVEN)),
        tuple(tell),
        len(said.nodes("result")) > 1,
        called=called,
        introduced=said.flag("introduced"),
    )


def _held(spoken: Session, crowded: str | None) -> tuple[Session, ...]:
    return (spoken,) if crowded is None else crowd(spoken, int(crowded))


def _via(said: Said, here: Around) -> Host | None:
    node = said.node("via")
    if node is None:
        return None
    name = said.fill(node)
    if name not in here.hosts or here.hosts[name].mta is None:
        raise node.place.error(f"`via` is a name from `hosts` that has an `mta`, and {name!r} is none")
    return here.hosts[name]


def _met(here: Around, clients: Sequence[Host], without: Collection[str]) -> tuple[Check, ...]:
    """In place of two guards: faults and answers of the whole file need not be met by each of its tests."""
    groups = (*here.to_meet, *(host.dns_faults() for host in dict.fromkeys(clients) if host.dns_faults()))
    faults = (faults_met(*groups),) if groups and _FAULT_HIT not in without else ()
    answering = [host for host in here.own if host.mta and host.mta.answers and _ANSWER_GIVEN not in without]
    return (*faults, answers_given(*answering)) if answering else faults

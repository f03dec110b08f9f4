"""A play: one test in one setup, as rounds of sessions and checks that can be run and judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from postfix_lab.fit.choices import StandIns
from postfix_lab.runtime.own_zones import own_domain, own_name
from postfix_lab.runtime.setup import Setup
from postfix_lab.yaml.bind.mail_host_setup import chroots, makes_sense, releases, setup_of
from postfix_lab.yaml.bind.per_configuration import items, list_zones
from postfix_lab.yaml.bind.round import Round, bind_round
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.document import WrittenTest, read_tests
from postfix_lab.yaml.read.layers import Layer
from postfix_lab.yaml.read.node import at_node
from postfix_lab.yaml.vocabulary.keys import LANGUAGE

_FITTED = ("tables", "csv", "config")
"""Keys that a configuration may not fit; an error without a position gets that of the first one that is present."""


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
    """Defaults from the command line: releases; chroot states, configuration and stand-ins for tests without."""

    releases: Sequence[int]
    chroots: Sequence[str] = ("packaged",)
    config: Path | None = None
    stand_ins: str = StandIns.OTHERS
    changes: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of a setup with that configuration."""


def plays(path: Path, wanted: Wanted) -> tuple[Play, ...]:
    """Return the plays of a file; raises InputError with the position of the first mistake."""
    return tuple(play for test in read_tests(path, LANGUAGE) for play in _plays(test, wanted))


def _plays(test: WrittenTest, wanted: Wanted) -> Iterator[Play]:
    keys = test.keys
    states = chroots(keys) or tuple(wanted.chroots)
    plain = states == ("packaged",)
    known: dict[tuple[str, ...], tuple[Round, ...]] = {}
    for debian in wanted.releases:
        if debian not in releases(keys):
            continue
        for state in states:
            setup = setup_of(keys, state, wanted.config, wanted.stand_ins, wanted.changes)
            with at_node(next((keys[key] for key in _FITTED if key in keys), test.key)):
                if not makes_sense(keys, setup):
                    continue
                combinations = tuple(_combinations(keys, setup))
            for labels, words in combinations:
                meaning = (*labels, *sorted(words.values()))
                if meaning not in known:  # They differ only in whose mail host it is.
                    rounds = (bind_round(written, test.key, words) for written in test.rounds)
                    known[meaning] = tuple(_add_dns_lists(each, setup) for each in rounds)
                variant = (*test.labels, *labels)
                name = f"{test.name}[{'-'.join((*variant, str(debian), *(() if plain else (state,))))}]"
                yield _play(test, Section(keys, {}), setup, name, (variant, debian, known[meaning]))


def _combinations(keys: Layer, setup: Setup) -> Iterator[tuple[tuple[str, ...], dict[str, str]]]:
    """Yield labels and words: one pair, or with `each` one for each item of the configuration."""
    fitted = setup.fit()
    words = {"mydomain": own_domain(setup), "myhostname": own_name(setup), "recipient": fitted.recipient}
    each = Section(keys, {}).text("each")
    for label, about in items(each, fitted) if each else (("", {}),):
        yield ((label,) if label else ()), {**words, **about}


def _add_dns_lists(bare: Round, setup: Setup) -> Round:
    """Return the round with an empty zone added for each DNS list that the configuration names."""
    return replace(bare, world=replace(bare.world, zones=(*bare.world.zones, *list_zones(setup.fit()))))


def _play(
    test: WrittenTest, section: Section, setup: Setup, name: str, rest: tuple[tuple[str, ...], int, tuple[Round, ...]]
) -> Play:  # fmt: skip
    labels, debian, rounds = rest
    if any(check.name == "decided_by" for each in rounds for check in each.checks):
        setup = replace(setup, trace=True)
    if any(each.later for each in rounds):
        setup = replace(setup, clock=True)
    line, ends = test.key.place.line, (section.text("xfail"), section.text("skip"))
    return Play(name, test.name, labels, line, debian, setup, rounds, *ends)

"""The mail host that a test asks for: its configuration, what is set in it, its releases and chroot states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from postfix_lab.fit.choices import StandIns
from postfix_lab.fit.chroot import Chroot
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.runtime.setup import CHOICES, Setup
from postfix_lab.scenario.ptr import parse_address
from postfix_lab.yaml.bind.answer_rules import milter_rules, policy_rules, table_rules
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.layers import Layer
from postfix_lab.yaml.read.node import ScalarNode, TableNode, YamlNode, at_node, list_items


def releases(keys: Layer) -> tuple[int, ...]:
    """Return the releases that the test names, by default all."""
    return tuple(int(text) for text in Section(keys, {}).texts("debian")) or tuple(RELEASES)


def chroots(keys: Layer) -> tuple[str, ...]:
    """Return the chroot states that the test names, or none."""
    return tuple(dict.fromkeys(Section(keys, {}).texts("chroot")))


def makes_sense(keys: Layer, setup: Setup) -> bool:
    """Whether the configuration has the parameter values that `given` requires."""
    section = Section(keys, {})
    table = section.node("given")
    pairs = table.pairs if isinstance(table, TableNode) else ()
    found = ((setup.fit().value(name.text), list_items(node)) for name, node in pairs)
    return all(any(isinstance(word, ScalarNode) and word.text == value for word in wanted) for value, wanted in found)


def setup_of(
    keys: Layer,
    chroot: str,
    config: Path | None,
    stand_ins: str = StandIns.OTHERS,
    changes: Mapping[str, Any] = MappingProxyType({}),
) -> Setup:
    """Return the setup in that chroot state.

    `config` and `stand_ins` are those of a test that names none; `changes`: further fields of a setup with `config`.
    """
    section = Section(keys, {})
    resolvers = section.texts("resolvers")
    for node in section.nodes("resolvers"):
        with at_node(node):
            parse_address(section.fill(node))
    canary = section.node("canary")
    usual_words = {name: usual for name, (_, usual) in CHOICES.items()} | {"stand_ins": stand_ins}
    words = ((name, section.text(name.replace("_", "-")), usual) for name, usual in usual_words.items())
    chosen: dict[str, Any] = {name: word or usual for name, word, usual in words}
    usual = changes if section.node("config") is None else {}
    setup = Setup(
        _folder(section, config),
        main=_overrides(section, "main"),
        policyd_spf=_overrides(section, "policyd_spf"),
        chroot=Chroot(chroot),
        resolver_options=section.texts("resolver_options"),
        canary=canary is None or section.flag("canary"),
        lab_records=section.node("lab_records") is None or section.flag("lab_records"),
        tables=_tables(section),
        csv=_csv(section) or usual.get("csv"),
        at=section.text("at") or usual.get("at", ""),
        define={**usual.get("define", {}), **_texts(section.node("define"))},
        milter_rules=milter_rules(section),
        policy_rules=policy_rules(section),
        table_rules=table_rules(section),
        **chosen,
    )
    return replace(setup, resolvers=resolvers) if resolvers else setup


def _folder(section: Section, config: Path | None) -> Path:
    node = section.node("config")
    if node is None:
        return config or CONFIGURATIONS / "seed"
    name = node.text if hasattr(node, "text") else ""
    beside = Path(node.place.file).parent / name
    with at_node(node):
        found = next((path for path in (beside, CONFIGURATIONS / name) if path.is_dir()), None)
    if found is None:
        there = ", ".join(sorted(path.name for path in CONFIGURATIONS.iterdir()))
        raise node.place.error(f"there is no configuration {name!r} beside this file, nor among {there}")
    return found


def _tables(section: Section) -> dict[str, dict[str, str]]:
    """Return the entries of each table by its name; words in them are not replaced, as in main.cf."""
    table = section.node("tables")
    named = table.pairs if isinstance(table, TableNode) else ()
    return {name.text: _texts(entries) for name, entries in named}


def _csv(section: Section) -> Path | None:
    node = section.node("csv")
    if not isinstance(node, ScalarNode):
        return None
    folder = Path(node.place.file).parent / node.text
    with at_node(node):
        if not folder.exists():
            raise ValueError(f"there is no folder or file {node.text!r} beside this file")
    return folder


def _overrides(section: Section, key: str) -> dict[str, str]:
    """Return parameters as main.cf has them, on one line; `$` is left for Postfix."""
    return _texts(section.node(key))


def _texts(table: YamlNode | None) -> dict[str, str]:
    pairs = table.pairs if isinstance(table, TableNode) else ()
    return {name.text: " ".join(value.text.split()) for name, value in pairs if isinstance(value, ScalarNode)}

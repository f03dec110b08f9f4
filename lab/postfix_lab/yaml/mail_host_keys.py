"""The mail host that a test asks for: its configuration, what is set in it, its releases and chroot states."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from postfix_lab.fit.chroot import Chroot
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.releases import RELEASES
from postfix_lab.runtime.setup import CHOICES, Setup
from postfix_lab.scenario.ptr import parse_address
from postfix_lab.yaml.layers import Layer, Said, at_node
from postfix_lab.yaml.node import Node, Scalar, Table, several


def releases(keys: Layer) -> tuple[int, ...]:
    """The releases on which the test makes sense."""
    return tuple(int(text) for text in Said(keys, {}).texts("debian")) or tuple(RELEASES)


def chroots(keys: Layer) -> tuple[str, ...]:
    """The chroot states that the test names, if it does."""
    return tuple(dict.fromkeys(Said(keys, {}).texts("chroot")))


def makes_sense(keys: Layer, setup: Setup) -> bool:
    """Whether the configuration has the values that the test is about."""
    said = Said(keys, {})
    table = said.node("given")
    pairs = table.pairs if isinstance(table, Table) else ()
    found = ((setup.fitted().value(name.text), several(node)) for name, node in pairs)
    return all(any(isinstance(word, Scalar) and word.text == value for word in wanted) for value, wanted in found)


def setup_of(keys: Layer, chroot: str, config: Path | None) -> Setup:
    """The setup, in that chroot state; `config` is the configuration where the test names none."""
    said = Said(keys, {})
    resolvers = said.texts("resolvers")
    for node in said.nodes("resolvers"):
        with at_node(node):
            parse_address(said.fill(node))
    canary = said.node("canary")
    chosen: dict[str, Any] = {name: said.text(name) or usual for name, (_, usual) in CHOICES.items()}
    setup = Setup(
        _folder(said, config),
        main=_overrides(said, "main"),
        policyd_spf=_overrides(said, "policyd_spf"),
        chroot=Chroot(chroot),
        resolver_options=said.texts("resolver_options"),
        canary=canary is None or said.flag("canary"),
        tables=_tables(said),
        csv=_csv(said),
        **chosen,
    )
    return replace(setup, resolvers=resolvers) if resolvers else setup


def _folder(said: Said, config: Path | None) -> Path:
    node = said.node("config")
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


def _tables(said: Said) -> dict[str, dict[str, str]]:
    """Entries by the name of their table; like the values of main.cf they are left as they were written."""
    table = said.node("tables")
    named = table.pairs if isinstance(table, Table) else ()
    return {name.text: _texts(entries) for name, entries in named}


def _csv(said: Said) -> Path | None:
    node = said.node("csv")
    if not isinstance(node, Scalar):
        return None
    folder = Path(node.place.file).parent / node.text
    with at_node(node):
        if not folder.is_dir():
            raise ValueError(f"there is no folder {node.text!r} beside this file")
    return folder


def _overrides(said: Said, key: str) -> dict[str, str]:
    """Parameters as main.cf has them, on one line: `$` is Postfix's own there."""
    return _texts(said.node(key))


def _texts(table: Node | None) -> dict[str, str]:
    pairs = table.pairs if isinstance(table, Table) else ()
    return {name.text: " ".join(value.text.split()) for name, value in pairs if isinstance(value, Scalar)}

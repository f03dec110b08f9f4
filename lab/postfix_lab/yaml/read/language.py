"""A language of YAML files: the tables of keys by which files are read, as `vocabulary/keys.py` declares them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from postfix_lab.yaml.read.layers import Layer, merge_layers
from postfix_lab.yaml.read.node import YamlNode
from postfix_lab.yaml.read.value_kind import (
    Either,
    ForwardReference,
    Keys,
    ListOf,
    Merge,
    OneOrMore,
    TableOf,
    ValueKind,
)


@dataclass(frozen=True)
class Language:
    """What the reader has to know of keys."""

    file: Keys
    """The keys of a file; all other tables of keys are below them."""
    row: Keys
    """The keys of a row of `cases`: those of a test, and those of `expect`."""
    expect: Keys
    """The keys of `expect`, which a row may have without it."""

    @cached_property
    def merge_rules(self) -> Mapping[str, Merge]:
        """How layers are merged, by the name of the key."""
        return {key.name: key.merge for key in self.row.keys}

    def merge(self, below: Layer, above: Layer) -> dict[str, YamlNode]:
        """Return two layers merged."""
        return merge_layers(below, above, self.merge_rules)

    def tables(self) -> tuple[Keys, ...]:
        """Return every table of keys, at any depth, each once and in the order of the declaration."""
        found: dict[str, Keys] = {}
        _add_tables(found, self.file)
        return tuple(found.values())


def _add_tables(found: dict[str, Keys], kind: ValueKind | None) -> None:
    """Add every table of keys in a kind by its name."""
    match kind:
        case Keys() if kind.what not in found:
            found[kind.what] = kind
            for key in kind.keys:
                _add_tables(found, key.kind)
        case OneOrMore(inner) | ListOf(inner) | TableOf(inner):
            _add_tables(found, inner)
        case Either(scalar, items, table):
            for form in (scalar, items, table):
                _add_tables(found, form)
        case ForwardReference():
            _add_tables(found, kind.kind())
        case _:
            return

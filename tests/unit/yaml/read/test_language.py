"""What the reader is told of keys: merge rules and tables at any depth."""

from __future__ import annotations

from postfix_lab.yaml.read.language import Language
from postfix_lab.yaml.read.node import Position, ScalarNode, TableNode
from postfix_lab.yaml.read.value_kind import Either, ForwardReference, Key, Keys, ListOf, OneOrMore, TableOf, Text

HERE = Position("a.yaml", 1, 1, "x")
PETAL = Keys("a petal", (Key("hue", Text(), "its hue"),))
LEAF = Keys("a leaf", (Key("hue", Text(), "its hue"), Key("petals", ListOf(PETAL), "the same again")))
FLOWER: Keys = Keys("a flower", (
    Key("petals", Either(Text(), OneOrMore(PETAL), LEAF), "its petals", merge="by name"),
    Key("beds", Text(), "where it grows", merge="join"),
    Key("more", ForwardReference(lambda: FLOWER), "another"),
))  # fmt: skip
GARDEN = Language(Keys("a garden", (Key("flowers", TableOf(FLOWER), "flowers by name"),)), FLOWER, LEAF)


def test_every_table_once() -> None:
    """In the order of the declaration, also behind lists, alternatives and forward references."""
    assert GARDEN.tables() == (GARDEN.file, FLOWER, PETAL, LEAF)


def test_the_declaration_says_how_layers_are_merged() -> None:
    """Each key of a row has its rule."""
    assert GARDEN.merge_rules == {"petals": "by name", "beds": "join", "more": "replace"}
    hue, name = ScalarNode("hue", HERE), ScalarNode("name", HERE)
    below, above = TableNode(((hue, hue),), HERE), TableNode(((name, name),), HERE)
    assert GARDEN.merge({"petals": below}, {"petals": above})["petals"] == TableNode(((hue, hue), (name, name)), HERE)
    assert GARDEN.merge({"more": below}, {"more": above})["more"] == above

"""Nodes, their places, and what is said of them."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.read.node import (
    ListNode,
    Position,
    ScalarNode,
    TableNode,
    YamlNode,
    at_node,
    describe,
    list_items,
)

HERE = Position("a.yaml", 3, 5, "  - x: y")
TEXT, NOTHING = ScalarNode("x", HERE), ScalarNode("", HERE, empty=True)


def test_an_error_has_a_caret() -> None:
    """Below the very column, with the line in between; everything on it is harmless."""
    error = Position("a\x1b.yaml", 3, 5, "  - x: \x1b").error("no\nnever\x07")
    assert (error.line, error.column, error.file) == (3, 5, "a\\x1b.yaml")
    assert str(error).endswith("no\nnever\\x07\n      - x: \\x1b\n        ^")


@pytest.mark.parametrize(
    "column, shown, caret",
    [
        (1, "x" * 97 + "...", 0), (61, "x" * 97 + "...", 60), (62, "..." + "x" * 94 + "...", 63), (200, "..." + "x" * 61, 63),
    ],
)  # fmt: skip
def test_a_long_line(column: int, shown: str, caret: int) -> None:
    """It is cut on both sides of the place, with 60 characters before it."""
    *_, line, mark = str(Position("a", 1, column, "x" * 200).error("no")).split("\n")
    assert (line, mark) == (f"    {shown}", f"    {' ' * caret}^")


@pytest.mark.parametrize(
    "node, words", [(TEXT, "a text"), (NOTHING, "nothing"), (ListNode((), HERE), "a list"), (TableNode((), HERE), "a table of keys")]
)
def test_in_words(node: YamlNode, words: str) -> None:
    """For a person."""
    assert describe(node) == words


def test_several() -> None:
    """A list's items, one thing, or nothing."""
    assert list_items(ListNode((TEXT, NOTHING), HERE)) == (TEXT, NOTHING)
    assert list_items(TEXT) == (TEXT,)
    assert list_items(None) == ()


def test_a_table() -> None:
    """Its pairs in order, each by its key; where it stands makes no difference."""
    table = TableNode(((TEXT, NOTHING), (ScalarNode("y", HERE), TEXT)), HERE)
    assert list(table) == list(table.pairs)
    assert (table.get("y"), table.get("z")) == (TEXT, None)
    assert ScalarNode("x", HERE) == ScalarNode("x", Position("b", 1, 1, ""))


@pytest.mark.parametrize(
    "error, place, words",
    [
        (InputError("no"), HERE, "no"), (InputError("no", "c.yaml"), HERE, "c.yaml: no"), (InputError("no", "c.yaml", 7), Position("c.yaml", 7, 1, ""), "no"),
        (ValueError("never"), HERE, "never"), (OSError(2, "No such file", "c.csv"), HERE, "c.csv: No such file"),
    ],
)  # fmt: skip
def test_what_goes_wrong_has_a_place(error: Exception, place: Position, words: str) -> None:
    """That of the node, unless it has a better one."""
    with pytest.raises(InputError) as raised, at_node(TEXT):
        raise error
    assert (raised.value.file, raised.value.line) == (place.file, place.line)
    assert words in str(raised.value)

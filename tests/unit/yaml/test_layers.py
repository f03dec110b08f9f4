"""Layers of what is said, and the words in it."""

from __future__ import annotations

import re

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.layers import Section, at_node, layer, merge_layers
from postfix_lab.yaml.node import ListNode, Position, ScalarNode, TableNode, YamlNode

HERE, THERE = Position("a.yaml", 1, 1, "x"), Position("b.yaml", 2, 1, "y")


def text(written: str) -> ScalarNode:
    return ScalarNode(written, HERE)


def table(**pairs: str) -> TableNode:
    return TableNode(tuple((text(key), text(value)) for key, value in pairs.items()), HERE)


def items(*written: str) -> ListNode:
    return ListNode(tuple(map(text, written)), HERE)


@pytest.mark.parametrize("key", ["zonedata", "hosts", "main", "policyd_spf", "tables", "given", "expect"])
def test_tables_add_up(key: str) -> None:
    """By name; the upper one's values win."""
    both = merge_layers({key: table(a="1", b="2")}, {key: table(b="3", c="4")})
    assert both == {key: table(a="1", b="3", c="4")}
    assert merge_layers({key: table(a="1")}, {key: text("x")}) == {key: text("x")}
    assert merge_layers({key: text("x")}, {key: table(a="1")}) == {key: table(a="1")}


@pytest.mark.parametrize("key", ["zones", "faults"])
def test_lists_add_up(key: str) -> None:
    """What is said above comes first; one thing counts as a list of it."""
    assert merge_layers({key: items("a", "b")}, {key: text("c")}) == {key: items("c", "a", "b")}


def test_anything_else_is_replaced() -> None:
    """And what only one layer says stays."""
    assert merge_layers({"to": items("a"), "helo": text("h")}, {"to": text("b"), "x": text("y")}) == {
        "to": text("b"), "helo": text("h"), "x": text("y"),
    }  # fmt: skip


SAID = Section({"a": text("$one-${two} $$one $1 $"), "b": items("$one", "x"), "yes": text("yes"), "no": text("no"), "t": table(a="$one")}, {"one": "1", "two": "2"})


def test_words() -> None:
    """They stand for something; two dollars are one, and so is one that no small letter follows."""
    assert SAID.text("a") == "1-2 $one $1 $"
    assert SAID.texts("b") == ("1", "x")
    assert (SAID.text("b"), SAID.text("none"), SAID.texts("none"), SAID.fill(items("x"))) == (None, None, (), "")


def test_a_word_that_stands_for_nothing() -> None:
    """The near miss is told, at its place."""
    with pytest.raises(InputError, match=re.escape("$on stands for nothing here, and a dollar is written $$; did you mean $one?")):
        SAID.fill(text("$on"))


def test_flags() -> None:
    """Nothing and a list say no."""
    assert [SAID.flag(key) for key in ("yes", "no", "none", "b")] == [True, False, False, False]


def test_further_layers() -> None:
    """The words stay; a text has no keys below it."""
    assert SAID.overlay({"a": text("$two")}).text("a") == "2"
    assert SAID.with_word("three", "3").fill(text("$three$one")) == "31"
    below = SAID.node("t")
    assert below is not None
    assert (SAID.of(below).text("a"), dict(SAID.of(text("x")).keys)) == ("1", {})
    assert SAID.nodes("b") == items("$one", "x").items
    assert layer(table(a="1")) == {"a": text("1")}


@pytest.mark.parametrize(
    "error, place, words",
    [
        (InputError("no"), HERE, "no"), (InputError("no", "c.yaml"), HERE, "c.yaml: no"), (InputError("no", "c.yaml", 7), Position("c.yaml", 7, 1, ""), "no"),
        (ValueError("never"), HERE, "never"), (OSError(2, "No such file", "c.csv"), HERE, "c.csv: No such file"),
    ],
)  # fmt: skip
def test_what_goes_wrong_has_a_place(error: Exception, place: Position, words: str) -> None:
    """That of the node, unless it has a better one."""
    node: YamlNode = text("x")
    with pytest.raises(InputError) as told, at_node(node):
        raise error
    assert (told.value.file, told.value.line) == (place.file, place.line)
    assert words in str(told.value)

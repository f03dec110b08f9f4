"""Layers of keys, merged by the rule of each key."""

from __future__ import annotations

from postfix_lab.yaml.read.layers import layer, merge_layers
from postfix_lab.yaml.read.node import ListNode, Position, ScalarNode, TableNode, YamlNode
from postfix_lab.yaml.read.value_kind import Merge

HERE = Position("a.yaml", 1, 1, "x")
RULES: dict[str, Merge] = {"named": "by name", "listed": "join", "plain": "replace"}


def text(written: str) -> ScalarNode:
    return ScalarNode(written, HERE)


def table(**pairs: str) -> TableNode:
    return TableNode(tuple((text(key), text(value)) for key, value in pairs.items()), HERE)


def items(*written: str) -> ListNode:
    return ListNode(tuple(map(text, written)), HERE)


def merged(key: str, below: YamlNode, above: YamlNode) -> YamlNode:
    (result,) = merge_layers({key: below}, {key: above}, RULES).values()
    return result


def test_tables_are_merged_by_name() -> None:
    """The upper one's values win; what is no table on both sides is replaced."""
    assert merged("named", table(a="1", b="2"), table(b="3", c="4")) == table(a="1", b="3", c="4")
    assert merged("named", table(a="1"), text("x")) == text("x")
    assert merged("named", text("x"), table(a="1")) == table(a="1")


def test_lists_are_joined() -> None:
    """The items of the upper layer come first; a single value counts as a list of it."""
    assert merged("listed", items("a", "b"), text("c")) == items("c", "a", "b")


def test_anything_else_is_replaced() -> None:
    """Also a key without a rule; a key of one layer alone stays."""
    assert merged("plain", table(a="1"), table(b="2")) == table(b="2")
    assert merge_layers({"to": items("a"), "helo": text("h")}, {"to": text("b"), "x": text("y")}, {}) == {
        "to": text("b"), "helo": text("h"), "x": text("y"),
    }  # fmt: skip


def test_keys_of_a_table() -> None:
    """By name; another node has none."""
    assert layer(table(a="1")) == {"a": text("1")}
    assert layer(text("x")) == {}

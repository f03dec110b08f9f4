"""The words in what was read, replaced by what they mean."""

from __future__ import annotations

import re

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import ListNode, Position, ScalarNode, TableNode

HERE = Position("a.yaml", 1, 1, "x")


def text(written: str) -> ScalarNode:
    return ScalarNode(written, HERE)


def table(**pairs: str) -> TableNode:
    return TableNode(tuple((text(key), text(value)) for key, value in pairs.items()), HERE)


def items(*written: str) -> ListNode:
    return ListNode(tuple(map(text, written)), HERE)


SECTION = Section({"a": text("$one-${two} $$one $1 $"), "b": items("$one", "x"), "yes": text("yes"), "no": text("no"), "t": table(a="$one")}, {"one": "1", "two": "2"})


def test_words() -> None:
    """They stand for something; two dollars are one, and so is one that no small letter follows."""
    assert SECTION.text("a") == "1-2 $one $1 $"
    assert SECTION.texts("b") == ("1", "x")
    assert (SECTION.text("b"), SECTION.text("none"), SECTION.texts("none"), SECTION.fill(items("x"))) == (None, None, (), "")


def test_a_word_that_stands_for_nothing() -> None:
    """The near miss is told, at its place."""
    with pytest.raises(InputError, match=re.escape("$on stands for nothing here, and a dollar is written $$; did you mean $one?")):
        SECTION.fill(text("$on"))


def test_flags() -> None:
    """Nothing and a list say no."""
    assert [SECTION.flag(key) for key in ("yes", "no", "none", "b")] == [True, False, False, False]


def test_further_layers() -> None:
    """The words stay; a text has no keys below it."""
    assert SECTION.overlay({"a": text("$two")}).text("a") == "2"
    assert SECTION.with_word("three", "3").fill(text("$three$one")) == "31"
    below = SECTION.node("t")
    assert below is not None
    assert (SECTION.of(below).text("a"), dict(SECTION.of(text("x")).keys)) == ("1", {})
    assert SECTION.nodes("b") == items("$one", "x").items

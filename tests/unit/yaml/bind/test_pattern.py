from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.verdict.checks.check import Literal
from postfix_lab.yaml.bind.pattern import pattern
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import Position, ScalarNode

HERE = Position("a.yaml", 1, 1, "x")


@pytest.mark.parametrize(
    "written, text, literal",
    [("a.b", "a.b", True), ("/a.b/", "a.b", False), ("//", "//", True), ("/", "/", True), ("/a", "/a", True), ("a/", "a/", True), ("/$one/", "1", False)],
)
def test_a_text_to_look_for(written: str, text: str, *, literal: bool) -> None:
    """Only what stands between slashes is a regular expression; words are put in before."""
    found = pattern(ScalarNode(written, HERE), Section({}, {"one": "1"}))
    assert (found, isinstance(found, Literal)) == (text, literal)


def test_a_broken_one() -> None:
    """It is told at its place."""
    with pytest.raises(InputError, match=r"/\(/ is no regular expression: missing \), unterminated subpattern") as raised:
        pattern(ScalarNode("/(/", HERE), Section({}, {}))
    assert raised.value.line == 1

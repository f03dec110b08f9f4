"""Each kind of value: what it takes, what it says of the rest, and its schema."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.errors import InputError
from postfix_lab.yaml.read import value_kind
from postfix_lab.yaml.read.node import ListNode, Position, ScalarNode, TableNode, YamlNode
from postfix_lab.yaml.read.value_kind import (
    FLAG,
    Anything,
    Either,
    ForwardReference,
    Key,
    Keys,
    ListOf,
    Number,
    OneOf,
    OneOrMore,
    TableOf,
    Text,
    ValueKind,
)

HERE = Position("a.yaml", 1, 1, "x")
NOTHING = ScalarNode("", HERE, empty=True)
SCALAR = ["string", "integer", "number", "boolean"]


def text(written: str) -> ScalarNode:
    return ScalarNode(written, HERE)


def items(*nodes: YamlNode) -> ListNode:
    return ListNode(nodes, HERE)


def table(**pairs: YamlNode) -> TableNode:
    return TableNode(tuple((text(key), value) for key, value in pairs.items()), HERE)


LETTER = Text("a letter", "[a-z]", "write one")
WORD = OneOf("a word", ("one", "2", "true"))
NUMBER = Number("a number of things", 1, 20)
SECONDS = Number("seconds", 0.5, 2, whole=False)
KEYS = Keys("a test of mine", (Key("a", LETTER, "What a is"), Key("b", Anything(), "What b is")), needs=("a",))


@pytest.mark.parametrize(
    "kind, node",
    [
        (Text(), text("x")), (Text(long=True), text("x\ny")), (LETTER, text("a")), (Text("x", "a?"), text("")), (WORD, text("2")), (FLAG, text("no")),
        (NUMBER, text("1")), (NUMBER, text("20")), (SECONDS, text("0.5")), (SECONDS, text("2")), (Anything(), NOTHING), (OneOrMore(LETTER), text("a")),
        (OneOrMore(LETTER), items(text("a"), text("b"))), (ListOf(LETTER), items(text("a"))), (TableOf(LETTER), table(x=text("a"))),
        (TableOf(LETTER), table()), (KEYS, table(a=text("a"), b=NOTHING)), (Either(LETTER, items=ListOf(WORD), table=KEYS), text("a")),
        (Either(LETTER, items=ListOf(WORD), table=KEYS), items(text("one"))), (Either(LETTER, table=KEYS), table(a=text("a"))),
        (ForwardReference(lambda: KEYS), table(a=text("a"))),
    ],
)  # fmt: skip
def test_what_is_taken(kind: ValueKind, node: YamlNode) -> None:
    """Nothing is raised."""
    kind.check(node)


@pytest.mark.parametrize(
    "kind, node, message",
    [
        (Text(), NOTHING, 'a text is wanted here, not nothing; write "" for an empty text'),
        (Text("x", "a?"), NOTHING, 'x is wanted here, not nothing; write "" for an empty text'),
        (Text("x", "a?"), items(), "x is wanted here, not a list"),
        (LETTER, NOTHING, "a letter is wanted here, not nothing"),
        (LETTER, text("ab"), "'ab' is not a letter; write one"),
        (Text("x", "a"), text("b"), "'b' is not x"),
        (LETTER, text("a\n"), "a letter is one line, without control characters"),
        (Text(), text("\x1b"), "a text is one line, without control characters"),
        (Text("x", "a"), text("b" * 70), f"'{'b' * 57}...' is not x"),
        (WORD, text("on"), "'on' is not a word; did you mean one?"),
        (WORD, NOTHING, "a word is wanted here, not nothing: one, 2, true"),
        (WORD, table(), "a word is wanted here, not a table of keys: one, 2, true"),
        (NUMBER, text("0"), "'0' is not a number of things, from 1 to 20"),
        (NUMBER, text("21"), "'21' is not a number of things, from 1 to 20"),
        (NUMBER, text("1.5"), "'1.5' is not a number of things, from 1 to 20"),
        (NUMBER, text("²"), "'²' is not a number of things, from 1 to 20"),
        (NUMBER, NOTHING, "nothing is not a number of things, from 1 to 20"),
        (NUMBER, items(), "a list is not a number of things, from 1 to 20"),
        (SECONDS, text("0.49"), "'0.49' is not seconds, from 0.5 to 2"),
        (SECONDS, text("1."), "'1.' is not seconds, from 0.5 to 2"),
        (OneOrMore(LETTER), items(), "the list is empty"),
        (OneOrMore(LETTER), items(text("a"), text("B")), "'B' is not a letter; write one"),
        (OneOrMore(LETTER), text("B"), "'B' is not a letter; write one"),
        (ListOf(LETTER), items(), "a list is wanted here, not an empty one"),
        (ListOf(LETTER), text("a"), "a list is wanted here, not a text"),
        (ListOf(LETTER), items(text("B")), "'B' is not a letter; write one"),
        (TableOf(LETTER, LETTER), text("a"), "a table is wanted here, a letter for each key, not a text"),
        (TableOf(LETTER), text("a"), "a table is wanted here, a name for each key, not a text"),
        (TableOf(LETTER, LETTER), table(B=text("a")), "'B' is not a letter; write one"),
        (TableOf(LETTER), table(x=text("B")), "'B' is not a letter; write one"),
        (KEYS, text("a"), "a test of mine is a table of keys, not a text"),
        (KEYS, table(a=text("B")), "'B' is not a letter; write one"),
        (KEYS, table(a=text("a"), c=NOTHING), "a test of mine has no key 'c'; there are a, b"),
        (KEYS, table(**{"a": text("a"), "\x1b" + "x" * 50: NOTHING}), f"a test of mine has no key '\\\\x1b{'x' * 33}...'; there are a, b"),
        (KEYS, table(b=NOTHING), "a test of mine needs the key 'a'"),
        (Either(LETTER), items(), "a list cannot stand here"),
        (Either(items=ListOf(LETTER)), text("a"), "a text cannot stand here"),
        (Either(LETTER), table(), "a table of keys cannot stand here"),
        (Either(LETTER, items=ListOf(WORD)), items(text("x")), "'x' is not a word; there are 2, one, true"),
        (ForwardReference(lambda: KEYS), text("a"), "a test of mine is a table of keys, not a text"),
    ],
)  # fmt: skip
def test_what_is_said_of_the_rest(kind: ValueKind, node: YamlNode, message: str) -> None:
    """In a sentence, with its place."""
    with pytest.raises(InputError) as raised:
        kind.check(node)
    shown = str(raised.value).partition("a.yaml:1:1: ")[2].split("\n")[0]
    assert shown == message
    assert (raised.value.line, raised.value.column) == (1, 1)


SCHEMAS: list[tuple[Any, dict[str, Any]]] = [
    (Text(), {"type": SCALAR}),
    (LETTER, {"type": SCALAR, "pattern": "^(?:[a-z])$"}),
    (WORD, {"enum": ["one", "2", "true", 2, True]}),
    (FLAG, {"enum": ["yes", "true", "no", "false", True, False]}),
    (NUMBER, {"type": ["integer", "string"], "minimum": 1, "maximum": 20, "pattern": "^[0-9]+$"}),
    (SECONDS, {"type": ["number", "string"], "minimum": 0.5, "maximum": 2, "pattern": r"^[0-9]+(\.[0-9]+)?$"}),
    (Anything(), {}),
    (ListOf(Anything()), {"type": "array", "items": {}, "minItems": 1}),
    (OneOrMore(Anything()), {"anyOf": [{}, {"type": "array", "items": {}, "minItems": 1}]}),
    (TableOf(Anything()), {"type": "object", "additionalProperties": {}}),
    (TableOf(Anything(), LETTER), {"type": "object", "additionalProperties": {}, "propertyNames": {"pattern": "^(?:[a-z])$"}}),
    (KEYS, {"$ref": "#/definitions/test-of-mine"}),
    (ForwardReference(lambda: KEYS), {"$ref": "#/definitions/test-of-mine"}),
    (Either(Anything(), table=KEYS), {"anyOf": [{}, {"$ref": "#/definitions/test-of-mine"}]}),
]


@pytest.mark.parametrize("kind, schema", SCHEMAS)
def test_the_same_as_a_schema(kind: ValueKind, schema: dict[str, Any]) -> None:
    """For an editor, which takes some words for numbers."""
    assert kind.schema() == schema


def test_a_table_of_keys_as_a_definition() -> None:
    """With what each key is for; what is needed only where something is."""
    properties = {"a": {"description": "What a is.", "type": SCALAR, "pattern": "^(?:[a-z])$"}, "b": {"description": "What b is."}}
    whole = {"type": "object", "properties": properties, "additionalProperties": False}
    assert KEYS.definition() == {**whole, "required": ["a"]}
    assert Keys("x", KEYS.keys).definition() == whole
    assert list(KEYS.by_name()) == ["a", "b"]


@pytest.mark.parametrize("word, yes", [("yes", True), ("true", True), ("no", False), ("false", False)])
def test_yes_and_no(word: str, *, yes: bool) -> None:
    """Two words for each."""
    FLAG.check(text(word))
    assert value_kind.is_yes(text(word)) is yes

"""Kinds of values: what may stand under a key, and how a JSON Schema says so.

Each kind checks a node, and raises InputError with its place; none converts it. A value with a
scalar, a list and a table for its forms is an `Either`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from postfix_lab.text import did_you_mean, printable, shorten
from postfix_lab.yaml.node import Items, Node, Scalar, Table, describe

_SCALAR = ["string", "integer", "number", "boolean"]
"""What an editor takes an unquoted scalar for; here each of them is the text that was written."""
_YES, _NO = ("yes", "true"), ("no", "false")


class Kind(Protocol):
    """One kind of value."""

    def check(self, node: Node) -> None:
        """Raise InputError where the node is of another kind."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema."""


@dataclass(frozen=True)
class Text:
    """A text, on one line unless `long`; `pattern` is what all of it has to look like, `like` says so in words."""

    what: str = "a text"
    pattern: str = ""
    like: str = ""
    long: bool = False

    def check(self, node: Node) -> None:
        """It is a scalar that looks like that."""
        if not isinstance(node, Scalar) or node.empty:
            may_be_empty = isinstance(node, Scalar) and re.fullmatch(self.pattern, "") is not None
            hint = '; write "" for an empty text' if may_be_empty else ""
            raise node.place.error(f"{self.what} is wanted here, not {describe(node)}{hint}")
        if not self.long and printable(node.text) != node.text:
            raise node.place.error(f"{self.what} is one line, without control characters")
        if self.pattern and re.fullmatch(self.pattern, node.text) is None:
            like = f"; {self.like}" if self.like else ""
            raise node.place.error(f"{_quote(node)} is not {self.what}{like}")

    def schema(self) -> dict[str, Any]:
        """A string; what looks like a number or a boolean is one too."""
        return {"type": _SCALAR, **({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})}


@dataclass(frozen=True)
class Word:
    """One of several words."""

    what: str
    words: tuple[str, ...]

    def check(self, node: Node) -> None:
        """It is one of them."""
        if not isinstance(node, Scalar) or node.empty:
            raise node.place.error(f"{self.what} is wanted here, not {describe(node)}: {', '.join(self.words)}")
        if node.text not in self.words:
            raise node.place.error(f"{_quote(node)} is not {self.what}; {did_you_mean(node.text, self.words)}")

    def schema(self) -> dict[str, Any]:
        """An enumeration, with the numbers and booleans that an editor takes some words for."""
        numbers = [int(word) for word in self.words if word.isdigit()]
        booleans = [word == "true" for word in self.words if word in ("true", "false")]
        return {"enum": [*self.words, *numbers, *booleans]}


FLAG = Word("yes or no", (*_YES, *_NO))


def is_yes(node: Scalar) -> bool:
    """Which of `FLAG` it is."""
    return node.text in _YES


@dataclass(frozen=True)
class Number:
    """A number between two others; `unit` is for people."""

    what: str
    least: float
    most: float
    whole: bool = True

    def check(self, node: Node) -> None:
        """It is a number in that range, in plain digits."""
        form = r"\d{1,9}" if self.whole else r"\d{1,9}(\.\d{1,9})?"
        good = isinstance(node, Scalar) and re.fullmatch(form, node.text, re.ASCII)
        if not isinstance(node, Scalar) or not good or not self.least <= float(node.text) <= self.most:
            said = _quote(node) if isinstance(node, Scalar) and not node.empty else describe(node)
            raise node.place.error(f"{said} is not {self.what}, from {self.least:g} to {self.most:g}")

    def schema(self) -> dict[str, Any]:
        """A number, or its digits as a string."""
        form = "^[0-9]+$" if self.whole else r"^[0-9]+(\.[0-9]+)?$"
        number = "integer" if self.whole else "number"
        return {"type": [number, "string"], "minimum": self.least, "maximum": self.most, "pattern": form}


@dataclass(frozen=True)
class Anything:
    """A value whose kind depends on where it stands: a cell is of its column's kind."""

    def check(self, node: Node) -> None:
        """It is checked where its kind is known."""

    def schema(self) -> dict[str, Any]:
        """No restriction."""
        return {}


@dataclass(frozen=True)
class OneOrMore:
    """Something, or a list of it."""

    kind: Kind

    def check(self, node: Node) -> None:
        """Each item is of the kind, and there is one."""
        if isinstance(node, Items) and not node.items:
            raise node.place.error("the list is empty")
        for item in node.items if isinstance(node, Items) else (node,):
            self.kind.check(item)

    def schema(self) -> dict[str, Any]:
        """Either of both."""
        return {"anyOf": [self.kind.schema(), {"type": "array", "items": self.kind.schema(), "minItems": 1}]}


@dataclass(frozen=True)
class ListOf:
    """A list, where one thing alone would be ambiguous."""

    kind: Kind

    def check(self, node: Node) -> None:
        """It is a list of the kind."""
        if not isinstance(node, Items) or not node.items:
            said = "an empty one" if isinstance(node, Items) else describe(node)
            raise node.place.error(f"a list is wanted here, not {said}")
        for item in node.items:
            self.kind.check(item)

    def schema(self) -> dict[str, Any]:
        """An array."""
        return {"type": "array", "items": self.kind.schema(), "minItems": 1}


@dataclass(frozen=True)
class TableOf:
    """A table whose keys are names that somebody chose."""

    kind: Kind
    key: Text = Text("a name")

    def check(self, node: Node) -> None:
        """Each key is a name, each value of the kind."""
        if not isinstance(node, Table):
            raise node.place.error(f"a table is wanted here, {self.key.what} for each key, not {describe(node)}")
        for key, value in node:
            self.key.check(key)
            self.kind.check(value)

    def schema(self) -> dict[str, Any]:
        """An object with any names."""
        named = {"propertyNames": {"pattern": f"^(?:{self.key.pattern})$"}} if self.key.pattern else {}
        return {"type": "object", "additionalProperties": self.kind.schema(), **named}


@dataclass(frozen=True)
class Key:
    """A key with what may stand under it, and what it is for, in a sentence without its dot."""

    name: str
    kind: Kind
    about: str


@dataclass(frozen=True)
class Keys:
    """A table of known keys; the name says in errors and in the schema what it is."""

    what: str
    keys: tuple[Key, ...]
    needs: tuple[str, ...] = ()

    def check(self, node: Node) -> None:
        """Every key is known, every value fits, and what is needed is there."""
        if not isinstance(node, Table):
            raise node.place.error(f"{self.what} is a table of keys, not {describe(node)}")
        kinds = self.by_name()
        for key, value in node:
            if key.text not in kinds:
                said = shorten(printable(key.text), 40)
                raise key.place.error(f"{self.what} has no key {said!r}; {did_you_mean(key.text, kinds)}")
            kinds[key.text].kind.check(value)
        for name in self.needs:
            if node.get(name) is None:
                raise node.place.error(f"{self.what} needs the key {name!r}")

    def by_name(self) -> Mapping[str, Key]:
        """The keys by their names."""
        return {key.name: key for key in self.keys}

    @property
    def label(self) -> str:
        """What the table is called where a schema refers to it."""
        return "-".join(re.findall("[a-z]+", self.what.lower().removeprefix("a ")))

    def schema(self) -> dict[str, Any]:
        """A reference, since tables hold each other."""
        return {"$ref": f"#/definitions/{self.label}"}

    def definition(self) -> dict[str, Any]:
        """An object with these properties and no others."""
        properties = {key.name: {"description": f"{key.about}.", **key.kind.schema()} for key in self.keys}
        needed = {"required": list(self.needs)} if self.needs else {}
        return {"type": "object", "properties": properties, "additionalProperties": False, **needed}


@dataclass(frozen=True)
class Either:
    """One kind for a scalar, another for a list, another for a table."""

    scalar: Kind | None = None
    items: Kind | None = None
    table: Kind | None = None

    def check(self, node: Node) -> None:
        """The one that the node's form calls for."""
        kind = self.scalar if isinstance(node, Scalar) else self.items if isinstance(node, Items) else self.table
        if kind is None:
            raise node.place.error(f"{describe(node)} cannot stand here")
        kind.check(node)

    def schema(self) -> dict[str, Any]:
        """Any of them."""
        return {"anyOf": [kind.schema() for kind in (self.scalar, self.items, self.table) if kind]}


@dataclass(frozen=True)
class Later:
    """A table that is declared further below: how to come by it."""

    kind: Callable[[], Keys]

    def check(self, node: Node) -> None:
        """As that kind does."""
        self.kind().check(node)

    def schema(self) -> dict[str, Any]:
        """A reference."""
        return self.kind().schema()


def _quote(node: Scalar) -> str:
    return repr(shorten(printable(node.text), 60))

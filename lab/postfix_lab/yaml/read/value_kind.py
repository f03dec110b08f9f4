"""Kinds of values that a key can have, with their JSON Schema.

Each kind checks a node, and raises InputError with its position; none converts it. A value that can be a
scalar, a list or a table is an `Either`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from postfix_lab.text import did_you_mean, printable, shorten
from postfix_lab.yaml.read.node import ListNode, ScalarNode, TableNode, YamlNode, describe

_SCALAR = ["string", "integer", "number", "boolean"]
"""What an editor takes an unquoted scalar for; here each of them is the text that was written."""
YES, NO = ("yes", "true"), ("no", "false")


class ValueKind(Protocol):
    """One kind of value."""

    def check(self, node: YamlNode) -> None:
        """Raise InputError if the node is of another kind."""

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of this kind."""


@dataclass(frozen=True)
class Text:
    """A text, on one line unless `long`; it has to match `pattern` in full, which `like` describes in words."""

    what: str = "a text"
    pattern: str = ""
    like: str = ""
    long: bool = False

    def check(self, node: YamlNode) -> None:
        """Raise InputError unless the node is a scalar that matches the pattern."""
        if not isinstance(node, ScalarNode) or node.empty:
            may_be_empty = isinstance(node, ScalarNode) and re.fullmatch(self.pattern, "") is not None
            hint = '; write "" for an empty text' if may_be_empty else ""
            raise node.place.error(f"{self.what} is wanted here, not {describe(node)}{hint}")
        if not self.long and printable(node.text) != node.text:
            raise node.place.error(f"{self.what} is one line, without control characters")
        if self.pattern and re.fullmatch(self.pattern, node.text) is None:
            like = f"; {self.like}" if self.like else ""
            raise node.place.error(f"{_quote(node)} is not {self.what}{like}")

    def schema(self) -> dict[str, Any]:
        """Return the schema of a string; unquoted numbers and booleans are allowed."""
        return {"type": _SCALAR, **({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {})}


@dataclass(frozen=True)
class OneOf:
    """One of several words."""

    what: str
    words: tuple[str, ...]

    def check(self, node: YamlNode) -> None:
        """Raise InputError unless the node is one of the words."""
        if not isinstance(node, ScalarNode) or node.empty:
            raise node.place.error(f"{self.what} is wanted here, not {describe(node)}: {', '.join(self.words)}")
        if node.text not in self.words:
            raise node.place.error(f"{_quote(node)} is not {self.what}; {did_you_mean(node.text, self.words)}")

    def schema(self) -> dict[str, Any]:
        """Return an enumeration, with the numbers and booleans that YAML reads some words as."""
        numbers = [int(word) for word in self.words if word.isdigit()]
        booleans = [word == "true" for word in self.words if word in ("true", "false")]
        return {"enum": [*self.words, *numbers, *booleans]}


FLAG = OneOf("yes or no", (*YES, *NO))


def is_yes(node: ScalarNode) -> bool:
    """Whether a value of kind `FLAG` is yes."""
    return node.text in YES


@dataclass(frozen=True)
class Number:
    """A number from `least` to `most`."""

    what: str
    least: float
    most: float
    whole: bool = True

    def check(self, node: YamlNode) -> None:
        """Raise InputError unless the node is a number in that range, in plain digits."""
        form = r"\d{1,9}" if self.whole else r"\d{1,9}(\.\d{1,9})?"
        good = isinstance(node, ScalarNode) and re.fullmatch(form, node.text, re.ASCII)
        if not isinstance(node, ScalarNode) or not good or not self.least <= float(node.text) <= self.most:
            found = _quote(node) if isinstance(node, ScalarNode) and not node.empty else describe(node)
            raise node.place.error(f"{found} is not {self.what}, from {self.least:g} to {self.most:g}")

    def schema(self) -> dict[str, Any]:
        """Return the schema of a number, or of its digits as a string."""
        form = "^[0-9]+$" if self.whole else r"^[0-9]+(\.[0-9]+)?$"
        number = "integer" if self.whole else "number"
        return {"type": [number, "string"], "minimum": self.least, "maximum": self.most, "pattern": form}


@dataclass(frozen=True)
class Anything:
    """A value whose kind depends on its context, such as a cell, which has its column's kind."""

    def check(self, node: YamlNode) -> None:
        """Accept any node; it is checked when its kind is known."""

    def schema(self) -> dict[str, Any]:
        """Return a schema without restrictions."""
        return {}


@dataclass(frozen=True)
class OneOrMore:
    """A single value, or a list of such values."""

    kind: ValueKind

    def check(self, node: YamlNode) -> None:
        """Raise InputError unless each item is of the kind and there is at least one."""
        if isinstance(node, ListNode) and not node.items:
            raise node.place.error("the list is empty")
        for item in node.items if isinstance(node, ListNode) else (node,):
            self.kind.check(item)

    def schema(self) -> dict[str, Any]:
        """Return the schema of a single value or an array."""
        return {"anyOf": [self.kind.schema(), {"type": "array", "items": self.kind.schema(), "minItems": 1}]}


@dataclass(frozen=True)
class ListOf:
    """A list; a single value is not accepted, because it would be ambiguous."""

    kind: ValueKind

    def check(self, node: YamlNode) -> None:
        """Raise InputError unless the node is a list of the kind."""
        if not isinstance(node, ListNode) or not node.items:
            found = "an empty one" if isinstance(node, ListNode) else describe(node)
            raise node.place.error(f"a list is wanted here, not {found}")
        for item in node.items:
            self.kind.check(item)

    def schema(self) -> dict[str, Any]:
        """Return the schema of an array."""
        return {"type": "array", "items": self.kind.schema(), "minItems": 1}


@dataclass(frozen=True)
class TableOf:
    """A table whose keys are names that the author chooses."""

    kind: ValueKind
    key: Text = Text("a name")

    def check(self, node: YamlNode) -> None:
        """Raise InputError unless each key is a name and each value of the kind."""
        if not isinstance(node, TableNode):
            raise node.place.error(f"a table is wanted here, {self.key.what} for each key, not {describe(node)}")
        for key, value in node:
            self.key.check(key)
            self.kind.check(value)

    def schema(self) -> dict[str, Any]:
        """Return the schema of an object with any names."""
        named = {"propertyNames": {"pattern": f"^(?:{self.key.pattern})$"}} if self.key.pattern else {}
        return {"type": "object", "additionalProperties": self.kind.schema(), **named}


Merge = Literal["replace", "by name", "join"]
"""What an upper layer does to the value of a lower one: replace it, merge the table by name, or join the lists."""


@dataclass(frozen=True)
class Key:
    """A key with the kind of its value, and its description without a full stop."""

    name: str
    kind: ValueKind
    about: str
    merge: Merge = "replace"


@dataclass(frozen=True)
class Keys:
    """A table of known keys; `what` names it in errors and in the schema."""

    what: str
    keys: tuple[Key, ...]
    needs: tuple[str, ...] = ()

    def check(self, node: YamlNode) -> None:
        """Raise InputError unless every key is known, every value fits and no required key is missing."""
        if not isinstance(node, TableNode):
            raise node.place.error(f"{self.what} is a table of keys, not {describe(node)}")
        kinds = self.by_name()
        for key, value in node:
            if key.text not in kinds:
                name = shorten(printable(key.text), 40)
                raise key.place.error(f"{self.what} has no key {name!r}; {did_you_mean(key.text, kinds)}")
            kinds[key.text].kind.check(value)
        for name in self.needs:
            if node.get(name) is None:
                raise node.place.error(f"{self.what} needs the key {name!r}")

    def by_name(self) -> Mapping[str, Key]:
        """Return the keys by name."""
        return {key.name: key for key in self.keys}

    @property
    def label(self) -> str:
        """The name of its definition in the schema."""
        return "-".join(re.findall("[a-z]+", self.what.lower().removeprefix("a ")))

    def schema(self) -> dict[str, Any]:
        """Return a reference to the definition, since tables contain each other."""
        return {"$ref": f"#/definitions/{self.label}"}

    def definition(self) -> dict[str, Any]:
        """Return the schema of an object with these properties and no others."""
        properties = {key.name: {"description": f"{key.about}.", **key.kind.schema()} for key in self.keys}
        needed = {"required": list(self.needs)} if self.needs else {}
        return {"type": "object", "properties": properties, "additionalProperties": False, **needed}


@dataclass(frozen=True)
class Either:
    """One kind for a scalar, another for a list, another for a table."""

    scalar: ValueKind | None = None
    items: ValueKind | None = None
    table: ValueKind | None = None

    def check(self, node: YamlNode) -> None:
        """Check the node as the kind for its form."""
        kind = self.scalar if isinstance(node, ScalarNode) else self.items if isinstance(node, ListNode) else self.table
        if kind is None:
            raise node.place.error(f"{describe(node)} cannot stand here")
        kind.check(node)

    def schema(self) -> dict[str, Any]:
        """Return the schema of any of these kinds."""
        return {"anyOf": [kind.schema() for kind in (self.scalar, self.items, self.table) if kind]}


@dataclass(frozen=True)
class ForwardReference:
    """A table of keys that is declared later in the module; `kind` returns it."""

    kind: Callable[[], Keys]

    def check(self, node: YamlNode) -> None:
        """Check the node as that table does."""
        self.kind().check(node)

    def schema(self) -> dict[str, Any]:
        """Return a reference to that table's definition."""
        return self.kind().schema()


def _quote(node: ScalarNode) -> str:
    return repr(shorten(printable(node.text), 60))

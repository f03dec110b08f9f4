"""What a YAML file says, as a tree in which each part knows its place.

Every scalar stays the text that was written, so `no`, `550` and `1:2` are never anything but
themselves; what a text means is for the key to say that it stands under.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from postfix_lab.errors import InputError
from postfix_lab.text import printable, shorten

_WIDTH, _BEFORE = 100, 60


@dataclass(frozen=True)
class Place:
    """A place in a file: line and column from 1, and the line itself."""

    file: str
    line: int
    column: int
    text: str = field(repr=False)

    def error(self, message: str) -> InputError:
        """What is wrong here, with the line and a caret under the place."""
        first = max(0, self.column - 1 - _BEFORE)
        before = ("..." if first else "") + printable(self.text[first : self.column - 1])
        shown = shorten(before + printable(self.text[self.column - 1 :]), _WIDTH)
        caret = " " * len(before) + "^"
        said = "\n".join(printable(line) for line in message.split("\n"))
        return InputError(f"{said}\n    {shown}\n    {caret}", printable(self.file), self.line, self.column)


@dataclass(frozen=True)
class Scalar:
    """A text as it was written; `empty` where nothing at all was, not even quotes."""

    text: str
    place: Place = field(compare=False)
    empty: bool = False


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    place: Place = field(compare=False)


@dataclass(frozen=True)
class Table:
    """Keys with their values, in the order of the file; no key is there twice."""

    pairs: tuple[tuple[Scalar, Node], ...]
    place: Place = field(compare=False)

    def __iter__(self) -> Iterator[tuple[Scalar, Node]]:
        return iter(self.pairs)

    def get(self, key: str) -> Node | None:
        """The value of that key, or nothing."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node = Scalar | Items | Table


def describe(node: Node) -> str:
    """What a node is, in words for a person: `a list`."""
    if isinstance(node, Scalar):
        return "nothing" if node.empty else "a text"
    return "a list" if isinstance(node, Items) else "a table of keys"


def several(node: Node | None) -> tuple[Node, ...]:
    """The items of a list, the one thing that stands in place of a list, or nothing."""
    if node is None:
        return ()
    return node.items if isinstance(node, Items) else (node,)

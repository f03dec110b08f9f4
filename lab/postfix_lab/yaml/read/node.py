"""A YAML file as a tree of nodes with their positions.

Every scalar stays the text that was written: `no`, `550` and `1:2` are not converted by YAML's rules.
The key that a text belongs to determines its meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from postfix_lab.errors import InputError
from postfix_lab.text import printable, shorten

_WIDTH, _BEFORE = 100, 60


@dataclass(frozen=True)
class Position:
    """A position in a file: line and column counted from 1, and the text of the line."""

    file: str
    line: int
    column: int
    text: str = field(repr=False)

    def error(self, message: str) -> InputError:
        """Return an InputError with the line and a caret under the position."""
        first = max(0, self.column - 1 - _BEFORE)
        before = ("..." if first else "") + printable(self.text[first : self.column - 1])
        shown = shorten(before + printable(self.text[self.column - 1 :]), _WIDTH)
        caret = " " * len(before) + "^"
        sentence = "\n".join(printable(line) for line in message.split("\n"))
        return InputError(f"{sentence}\n    {shown}\n    {caret}", printable(self.file), self.line, self.column)


@dataclass(frozen=True)
class ScalarNode:
    """A text as it was written; `empty` if the file has nothing there, not even quotes."""

    text: str
    place: Position = field(compare=False)
    empty: bool = False


@dataclass(frozen=True)
class ListNode:
    """A list."""

    items: tuple[YamlNode, ...]
    place: Position = field(compare=False)


@dataclass(frozen=True)
class TableNode:
    """Keys with their values, in the order of the file; keys are unique."""

    pairs: tuple[tuple[ScalarNode, YamlNode], ...]
    place: Position = field(compare=False)

    def __iter__(self) -> Iterator[tuple[ScalarNode, YamlNode]]:
        return iter(self.pairs)

    def get(self, key: str) -> YamlNode | None:
        """Return the value of that key, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)


YamlNode = ScalarNode | ListNode | TableNode


def describe(node: YamlNode) -> str:
    """Return what a node is, for an error message: `a list`."""
    if isinstance(node, ScalarNode):
        return "nothing" if node.empty else "a text"
    return "a list" if isinstance(node, ListNode) else "a table of keys"


def list_items(node: YamlNode | None) -> tuple[YamlNode, ...]:
    """Return the items of a list, a single node as one item, or no items for None."""
    if node is None:
        return ()
    return node.items if isinstance(node, ListNode) else (node,)


@contextmanager
def at_node(node: YamlNode) -> Iterator[None]:
    """Add the node's position to an InputError, OSError or ValueError that has none."""
    try:
        yield
    except InputError as error:
        if error.file and error.line is not None:
            raise
        raise node.place.error(str(error)) from None
    except OSError as error:
        raise node.place.error(f"{error.filename}: {error.strerror}") from None
    except ValueError as error:
        raise node.place.error(str(error)) from None

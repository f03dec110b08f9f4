"""What is said about one test: keys with their values, layer upon layer, with the mail host's own names put in.

A layer above says something else, or, where a key holds a table of names or a list of things that add up, more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean
from postfix_lab.yaml.node import Items, Node, Scalar, Table, several
from postfix_lab.yaml.value_kind import is_yes

Layer = Mapping[str, Node]
_TABLES = ("zonedata", "hosts", "main", "policyd_spf", "tables", "given", "expect")
_LISTS = ("zones", "faults")
_WORD = re.compile(r"\$(?:(\$)|([a-z]+)|\{([a-z]+)\})")


def layer(table: Table) -> dict[str, Node]:
    """The keys of a table."""
    return {key.text: value for key, value in table}


def merge_layers(below: Layer, above: Layer) -> dict[str, Node]:
    """Both layers: tables of names by name, zones and faults one after the other, anything else replaced."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        lower, upper = below[key], above[key]
        if key in _TABLES and isinstance(lower, Table) and isinstance(upper, Table):
            taken = {name.text for name, _ in upper}
            both[key] = Table((*(pair for pair in lower if pair[0].text not in taken), *upper), upper.place)
        elif key in _LISTS:
            both[key] = Items((*several(upper), *several(lower)), upper.place)
    return both


@contextmanager
def at_node(node: Node) -> Iterator[None]:
    """Give what goes wrong the place of the node, unless it has a better one."""
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


@dataclass(frozen=True)
class Said:
    """The keys of one test, step or session, and the words that stand for something: `$mydomain`."""

    keys: Layer
    words: Mapping[str, str]

    def but(self, above: Layer) -> Said:
        """The same with another layer upon it."""
        return Said(merge_layers(self.keys, above), self.words)

    def of(self, table: Node) -> Said:
        """The keys of a table below, with the same words."""
        return Said(layer(table) if isinstance(table, Table) else {}, self.words)

    def with_word(self, word: str, meaning: str) -> Said:
        """The same with one word more."""
        return Said(self.keys, {**self.words, word: meaning})

    def node(self, key: str) -> Node | None:
        """What stands under the key."""
        return self.keys.get(key)

    def nodes(self, key: str) -> tuple[Node, ...]:
        """The things that stand under the key."""
        return several(self.keys.get(key))

    def text(self, key: str) -> str | None:
        """The text under the key, with the words in it replaced."""
        found = self.keys.get(key)
        return self.fill(found) if isinstance(found, Scalar) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts under the key."""
        return tuple(self.fill(node) for node in self.nodes(key))

    def flag(self, key: str) -> bool:
        """Whether it says yes; not if it says nothing."""
        found = self.keys.get(key)
        return isinstance(found, Scalar) and is_yes(found)

    def fill(self, node: Node) -> str:
        """A text with what its words stand for; `$$` is a dollar, and so is one that no small letter follows."""
        if not isinstance(node, Scalar):
            return ""

        def meant(found: re.Match[str]) -> str:
            dollar, *names = found.groups()
            word = next(filter(None, names), "")
            if dollar:
                return "$"
            if word not in self.words:
                known = did_you_mean(f"${word}", [f"${name}" for name in self.words])
                raise node.place.error(f"${word} stands for nothing here, and a dollar is written $$; {known}")
            return self.words[word]

        return _WORD.sub(meant, node.text)

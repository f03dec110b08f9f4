"""The keys of one test, merged from layers (file, defaults, test, row), with `$word` replaced.

An upper layer replaces a key of a lower one; tables of names are merged, and lists of zones and faults appended.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean
from postfix_lab.yaml.node import ListNode, ScalarNode, TableNode, YamlNode, list_items
from postfix_lab.yaml.value_kind import is_yes

Layer = Mapping[str, YamlNode]
_TABLES = ("zonedata", "hosts", "main", "policyd_spf", "tables", "given", "expect")
_LISTS = ("zones", "faults")
_WORD = re.compile(r"\$(?:(\$)|([a-z]+)|\{([a-z]+)\})")


def layer(table: TableNode) -> dict[str, YamlNode]:
    """Return the keys of a table with their values."""
    return {key.text: value for key, value in table}


def merge_layers(below: Layer, above: Layer) -> dict[str, YamlNode]:
    """Merge tables by name, join zones and faults (the upper first), else let `above` override."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        lower, upper = below[key], above[key]
        if key in _TABLES and isinstance(lower, TableNode) and isinstance(upper, TableNode):
            taken = {name.text for name, _ in upper}
            both[key] = TableNode((*(pair for pair in lower if pair[0].text not in taken), *upper), upper.place)
        elif key in _LISTS:
            both[key] = ListNode((*list_items(upper), *list_items(lower)), upper.place)
    return both


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


@dataclass(frozen=True)
class Section:
    """The keys of one test, step or session, and the values of its words such as `$mydomain`."""

    keys: Layer
    words: Mapping[str, str]

    def overlay(self, above: Layer) -> Section:
        """Return the section with another layer merged over it."""
        return Section(merge_layers(self.keys, above), self.words)

    def of(self, table: YamlNode) -> Section:
        """Return the section for a nested table, with the same words."""
        return Section(layer(table) if isinstance(table, TableNode) else {}, self.words)

    def with_word(self, word: str, meaning: str) -> Section:
        """Return the section with one more word."""
        return Section(self.keys, {**self.words, word: meaning})

    def node(self, key: str) -> YamlNode | None:
        """Return the value of the key, or None."""
        return self.keys.get(key)

    def nodes(self, key: str) -> tuple[YamlNode, ...]:
        """Return the values of the key: its list items, its single value, or none."""
        return list_items(self.keys.get(key))

    def text(self, key: str) -> str | None:
        """Return the text of the key with its words replaced, or None."""
        found = self.keys.get(key)
        return self.fill(found) if isinstance(found, ScalarNode) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the texts of the key with their words replaced."""
        return tuple(self.fill(node) for node in self.nodes(key))

    def flag(self, key: str) -> bool:
        """Whether the key is set to yes; False if it is absent."""
        found = self.keys.get(key)
        return isinstance(found, ScalarNode) and is_yes(found)

    def fill(self, node: YamlNode) -> str:
        """Replace the words of a text; `$$`, and `$` before anything but a lower-case letter, is a dollar sign."""
        if not isinstance(node, ScalarNode):
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

"""The keys of one test, step or session that was read, with `$word` replaced by what it means in a setup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from postfix_lab.text import did_you_mean
from postfix_lab.yaml.read.layers import Layer, layer
from postfix_lab.yaml.read.node import ScalarNode, TableNode, YamlNode, list_items
from postfix_lab.yaml.read.value_kind import is_yes

_WORD = re.compile(r"\$(?:(\$)|([a-z]+)|\{([a-z]+)\})")


@dataclass(frozen=True)
class Section:
    """The keys of one test, step or session, and the values of its words such as `$mydomain`."""

    keys: Layer
    words: Mapping[str, str]

    def overlay(self, above: Layer) -> Section:
        """Return the section with the keys of another layer in place of its own."""
        return Section({**self.keys, **above}, self.words)

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

        def replacement(found: re.Match[str]) -> str:
            dollar, *names = found.groups()
            word = next(filter(None, names), "")
            if dollar:
                return "$"
            if word not in self.words:
                known = did_you_mean(f"${word}", [f"${name}" for name in self.words])
                raise node.place.error(f"${word} stands for nothing here, and a dollar is written $$; {known}")
            return self.words[word]

        return _WORD.sub(replacement, node.text)

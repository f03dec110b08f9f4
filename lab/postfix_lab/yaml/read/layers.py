"""The keys of one test, merged from layers: file, defaults, test, row, step, session.

An upper layer replaces a key of a lower one, unless the declaration of the key (`Key.merge`) says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

from postfix_lab.yaml.read.node import ListNode, TableNode, YamlNode, list_items
from postfix_lab.yaml.read.value_kind import Merge

Layer = Mapping[str, YamlNode]


def layer(table: YamlNode) -> dict[str, YamlNode]:
    """Return the keys of a table with their values; none for another node."""
    return {key.text: value for key, value in table} if isinstance(table, TableNode) else {}


def merge_layers(below: Layer, above: Layer, rules: Mapping[str, Merge]) -> dict[str, YamlNode]:
    """Merge two layers by the rule of each key: tables by name, lists joined (the upper first), else replaced."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        lower, upper, rule = below[key], above[key], rules.get(key, "replace")
        if rule == "by name" and isinstance(lower, TableNode) and isinstance(upper, TableNode):
            taken = {name.text for name, _ in upper}
            both[key] = TableNode((*(pair for pair in lower if pair[0].text not in taken), *upper), upper.place)
        elif rule == "join":
            both[key] = ListNode((*list_items(upper), *list_items(lower)), upper.place)
    return both

"""Bind `misbehaves`: the name of a misbehaviour, or a table with the name and its argument."""

from __future__ import annotations

from typing import cast

from postfix_lab.scenario.misbehaviour import Misbehaviour, slow
from postfix_lab.smtp.dialogue import Stage
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import ScalarNode, TableNode, YamlNode, at_node
from postfix_lab.yaml.read.value_kind import Number
from postfix_lab.yaml.vocabulary.misbehaviour_keys import BY_NAME


def misbehaviour(node: YamlNode, section: Section) -> Misbehaviour:
    """Return the misbehaviour that the node names; a table has exactly one key."""
    if isinstance(node, ScalarNode):
        return BY_NAME[node.text].make()
    pairs = list(node) if isinstance(node, TableNode) else []
    if len(pairs) != 1:
        raise node.place.error("a client misbehaves in one way; write one key, or nothing but a name")
    ((key, value),) = pairs
    with at_node(value):
        if isinstance(value, TableNode):
            about = section.of(value)
            return slow(cast("Stage", about.text("stage") or "RCPT"), float(about.text("pace") or "0.3"))
        text = section.fill(value)
        return BY_NAME[key.text].make(int(text) if isinstance(BY_NAME[key.text].kind, Number) else text)

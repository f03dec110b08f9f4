"""A text to look for: as it stands, or a regular expression where it stands between slashes."""

from __future__ import annotations

import re

from postfix_lab.verdict.checks.check import Literal
from postfix_lab.yaml.layers import Said
from postfix_lab.yaml.node import Node

_SLASHES = 2


def pattern(node: Node, said: Said) -> str:
    """What the checks take for it; InputError where a regular expression is none."""
    text = said.fill(node)
    if len(text) <= _SLASHES or not (text.startswith("/") and text.endswith("/")):
        return Literal(text)
    try:
        re.compile(text[1:-1])
    except re.error as error:
        raise node.place.error(f"{text} is no regular expression: {error}") from None
    return text[1:-1]

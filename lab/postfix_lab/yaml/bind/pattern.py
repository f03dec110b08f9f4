"""A text to search for: literal, or a regular expression between slashes."""

from __future__ import annotations

import re

from postfix_lab.verdict.checks.check import Literal
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.read.node import YamlNode

_SLASHES = 2


def pattern(node: YamlNode, section: Section) -> str:
    """Return the pattern for a check; raises InputError for an invalid regular expression."""
    text = section.fill(node)
    if len(text) <= _SLASHES or not (text.startswith("/") and text.endswith("/")):
        return Literal(text)
    try:
        re.compile(text[1:-1])
    except re.error as error:
        raise node.place.error(f"{text} is no regular expression: {error}") from None
    return text[1:-1]

"""The table types that a setting names; an unknown one is refused, because smtpd(8) would answer 451 to every mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.postfix.files.place import DEFAULT, split_words
from postfix_lab.postfix.parameters import ALIASES, TABLE_TYPES
from postfix_lab.text import did_you_mean

_TYPED = re.compile(r"(?:proxy:)?([a-z][\w-]*):[\w/$({]")
_OF_TABLES = re.compile(r"(?:pipemap|unionmap|randmap):\{(.*)\}")
"""A table that combines others; in other types the braces hold the content."""
_LOOKED_UP = re.compile(r"check_\w+_access\s+([^\s,]+)")


def check_types(draft: Draft, setting: Setting) -> None:
    """Raise `InputError` for an unknown table type."""
    if setting.name.endswith("_maps") or setting.name in ALIASES:
        words = list(_types(draft.expand(setting.value)))
    else:
        words = [w.partition(":")[0] for w in _LOOKED_UP.findall(draft.expand(setting.value)) if ":" in w]
    for word in words:
        if word not in TABLE_TYPES:
            near = did_you_mean(word, TABLE_TYPES)
            raise draft.refusal(f"{setting.what}: Postfix has no table type {word!r}; {near}", setting)


def _types(tables: str) -> Iterator[str]:
    for word in split_words(tables, DEFAULT):
        if inner := _OF_TABLES.match(word.text):
            yield from _types(inner[1])
        elif found := _TYPED.match(word.text):
            yield found[1]

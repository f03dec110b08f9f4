"""Where the entry of a table is written that Postfix's log says it used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.files.table_lines import find_entry

if TYPE_CHECKING:
    from postfix_lab.postfix.configuration import Configured

_NAMED = re.compile(r"(?<![\w/.-])(\w+):(/[^\s,;{}]+)")
_ADDRESS = re.compile(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
_TITLES = {"aliases": "alias_maps"}
"""Titles of maps_find() that are no parameters."""


def parameter_of(title: str) -> str:
    """Return the parameter whose tables maps_find() calls by that title."""
    return _TITLES.get(title, title)


def entry_place(configured: Configured, table: str, key: str, value: str) -> Place | None:
    """Return the file and line of the entry that gave that value; None if no source of the admin's shows it."""
    kind, _, path = table.removeprefix("proxy:").partition(":")
    text = configured.tables.get(path)
    known = find_entry(text, kind, key, value) if text else None
    return Place(path, known.line) if known else None


def access_place(configured: Configured, table: str, key: str, value: str) -> Place | None:
    """Return the place of the entry of an access(5) table; smtpd logs the whole address, not the part that matched."""
    kind, _, path = table.removeprefix("proxy:").partition(":")
    text = configured.tables.get(path)
    for part in _access_keys(key) if text else ():
        known = find_entry(text or "", kind, part, value)
        if known and known.value.lower() == value.lower():
            return Place(path, known.line)
    return entry_place(configured, table, key, value)


def _access_keys(key: str) -> Iterator[str]:
    """Yield what smtpd looks up for an address, a name or an IP address, in access(5)'s order."""
    yield key
    user, at, domain = key.rpartition("@")
    if not _ADDRESS.fullmatch(key):
        labels = domain.split(".")
        for number in range(len(labels)):
            parent = ".".join(labels[number:])
            yield from (parent, f".{parent}")
    else:
        parts = re.split(r"([.:])", key)
        yield from ("".join(parts[:end]) for end in range(len(parts) - 2, 0, -2))
    if at:
        yield f"{user}@"


def named_tables(configured: Configured) -> dict[str, str]:
    """Return the path of each table whose source is known, with its type."""
    texts = (configured.main_cf, configured.master_cf, *configured.values.values(), *_of_services(configured))
    named = {found[2]: found[1] for text in texts for found in _NAMED.finditer(text)}
    return {path: kind for path, kind in named.items() if path in configured.tables}


def _of_services(configured: Configured) -> Iterator[str]:
    options: Iterable[dict[str, str]] = configured.services.values()
    return (value for own in options for value in own.values())

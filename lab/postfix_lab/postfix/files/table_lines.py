"""The line of a lookup table in which an entry is written, found in the table's source.

What was looked up and what the table said comes from Postfix's own log; here only the line is found. The formats are
those of postmap(1), postalias(1), regexp_table(5), pcre_table(5) and cidr_table(5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from postfix_lab.postfix.files.lines import SPACE, logical_lines

INDEXED = frozenset({"hash", "btree", "lmdb", "cdb", "dbm", "sdbm", "texthash"})
"""Types whose source is for postmap(1) or postalias(1), a key and a value a line."""
PATTERNS = frozenset({"regexp", "pcre"})
NETWORKS = frozenset({"cidr"})
SHOWN = 100
"""How many characters of a value maps_find() logs."""
_NETWORK = re.compile(r"(!?[\[\]0-9a-fA-F:./]+)\s+(.*)", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*:?\s*(.*)', re.DOTALL)
_CONDITION = re.compile(r"(?:if|endif)\b", re.IGNORECASE)
_NESTED = re.compile(r"\([^)]*[*+}][^)]*\)\s*[*+{]")
"""A repeated group with a repetition in it, which can take Python's expressions for ever."""
_MOST = 4
"""The largest number of `$1` in a value that is compared piece by piece."""
_GROUP = re.compile(r"\\\$(?:\d+|\\\{\d+\\\}|\\\(\d+\\\))")


@dataclass(frozen=True)
class TableEntry:
    """An entry of a table as written: key, pattern or network, its value, and its line."""

    key: str
    value: str
    line: int


def table_entries(text: str, kind: str) -> tuple[TableEntry, ...]:
    """The entries of a table's source, in order; empty for a type whose source is no list of entries."""
    if kind not in INDEXED | PATTERNS | NETWORKS:
        return ()
    read = _pattern if kind in PATTERNS else _network if kind in NETWORKS else _pair
    return tuple(_entries(text, read))


def find_entry(text: str, kind: str, key: str, value: str) -> TableEntry | None:
    """The entry that gave this value for this key; None where the source does not show it."""
    known = table_entries(text, kind)
    if kind in INDEXED:
        return next((entry for entry in known if entry.key.lower() == key.lower()), None)
    alike = [entry for entry in known if _gives(entry, value)]
    if len(alike) == 1:
        return alike[0]
    fits = _fits_pattern if kind in PATTERNS else _fits_network
    return next((entry for entry in alike if fits(entry.key, key)), None)


def _entries(text: str, read: Callable[[str], tuple[str, str] | None]) -> Iterator[TableEntry]:
    for line in logical_lines(text):
        found = read(line.text.strip(SPACE))
        if found is not None:
            yield TableEntry(found[0], found[1].strip(SPACE), line.first)


def _pair(text: str) -> tuple[str, str] | None:
    if quoted := _QUOTED.match(text):
        return quoted[1], quoted[2]
    words = text.split(None, 1)
    key, _, rest = words[0].partition(":") if words[0].endswith(":") else (words[0], "", "")
    if ":" in words[0] and not words[0].endswith(":") and len(words) == 1:
        key, _, rest = words[0].partition(":")  # an alias without a blank: `root:ann`
    return key, rest or (words[1] if len(words) > 1 else "")


def _pattern(text: str) -> tuple[str, str] | None:
    if _CONDITION.match(text):
        return None
    body = text.removeprefix("!").lstrip(SPACE)
    end = _end_of_pattern(body)
    if end < 0:
        return None
    flags = re.match(r"\w*", body[end + 1 :])
    stop = end + 1 + (flags.end() if flags else 0)
    return text[: len(text) - len(body) + stop], body[stop:]


def _end_of_pattern(body: str) -> int:
    """The index of the delimiter that closes the pattern; -1 if none does."""
    index = 1
    while index < len(body):
        if body[index] == "\\":
            index += 1
        elif body[index] == body[0]:
            return index
        index += 1
    return -1


def _network(text: str) -> tuple[str, str] | None:
    found = _NETWORK.match(text)
    return (found[1], found[2]) if found else None


def _gives(entry: TableEntry, value: str) -> bool:
    """Whether the entry's value, with `$1` put in, is that value, of which the log has the beginning."""
    shown = value.removesuffix("...")[:SHOWN] if len(value) >= SHOWN else value
    if entry.value.count("$") > _MOST:
        return shown.startswith(entry.value.partition("$")[0])
    made = "".join(
        ".*" if _GROUP.fullmatch(part) else part
        for part in re.split(rf"({_GROUP.pattern})", re.escape(entry.value.replace("$$", "$")))
    )
    return re.fullmatch(made, shown, re.DOTALL) is not None or (len(value) >= SHOWN and entry.value.startswith(shown))


def _fits_pattern(written: str, key: str) -> bool:
    """Whether a pattern as written matches the key, as far as Python's expressions are those of the table."""
    body = written.removeprefix("!").lstrip(SPACE)
    end = _end_of_pattern(body)
    flags = body[end + 1 :]
    if _NESTED.search(body):
        return False
    try:
        match = re.search(body[1:end], key, 0 if "i" in flags else re.IGNORECASE)
    except re.error:
        return False
    return (match is None) if written.startswith("!") else (match is not None)


def _fits_network(written: str, key: str) -> bool:
    try:
        network = ip_network(re.sub(r"[\[\]!]", "", written), strict=False)
        inside = ip_address(key) in network
    except ValueError:
        return False
    return inside != written.startswith("!")

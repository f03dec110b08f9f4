"""What answers the lookups of each table: its own file or index, nothing as in life, or a stand-in.

postmap(1) compiles a table once, on the admin's machine. A folder with compiled tables is a copy of such a machine:
they are used as they are, and a table without one is missing. A folder without any holds the sources alone, as a
repository does; then all of them are compiled, as its deploy does. What is named outside of /etc/postfix belongs to
the configuration as well, except below the folders in which other programs keep their data.
"""

from __future__ import annotations

import re
from enum import Enum

from postfix_lab.fit.draft import Draft
from postfix_lab.fit.named_tables import TableReference
from postfix_lab.postfix.parameters import BUILT, ELSEWHERE_BUILT, ETC, FOREIGN, INDEXES, PLAIN, PRESENT, server_name

_DATA = ("/var/", "/run/", "/srv/", "/home/", "/root/")
"""Folders in which other programs and people keep data."""
_INDEXED = re.compile(rf"(/[^\s,;{{}}]+)\.({'|'.join(INDEXES)})\Z")
_CLIENTS = FOREIGN - {"socketmap", "tcp", "nis", "nisplus", "netinfo"}
"""Tables whose file says how to ask a server."""


class Backend(Enum):
    """What answers the lookups of a table in the mail host."""

    BUILT = "built"
    """The table itself: its file as it is, or compiled from it."""
    INDEX = "index"
    """The compiled table of the folder, beside its source."""
    COMPILED = "compiled"
    """The compiled table of the folder, whose source is missing."""
    AS_HASH = "as hash"
    """A `hash` table with the same entries: this Postfix cannot compile its type."""
    EMPTY_FILE = "empty file"
    """A file in place of the missing one: empty, or with the content of a stand-in."""
    STAND_IN = "stand-in"
    """Another table, in place of one that a server outside of the lab answers."""
    MISSING = "missing"
    """Nothing: the configuration itself lacks it, and each lookup fails."""


def choose(draft: Draft, table: TableReference, *, given: bool, secret: bool = False) -> Backend:
    """Choose the backend of a table; `unix` tables have no file.

    `given`: the scenario has entries for it. `secret`: it holds passwords, and may be missing on purpose.
    """
    backend = _choose(draft, table, given=given)
    absent = not draft.has(table.path) and table.kind in BUILT | ELSEWHERE_BUILT | PLAIN
    return Backend.EMPTY_FILE if secret and absent and backend is Backend.MISSING else backend


def _choose(draft: Draft, table: TableReference, *, given: bool) -> Backend:
    if table.kind in FOREIGN | {"unix"}:
        return Backend.MISSING if not given and lacks_client_file(draft, table) else Backend.STAND_IN
    if table.kind in ELSEWHERE_BUILT:
        return Backend.AS_HASH
    if given:
        return Backend.BUILT
    if table.kind in BUILT:
        return _compiled_backend(draft, table)
    return Backend.BUILT if draft.has(table.path) else _without_file(draft, table)


def choose_as_hash(draft: Draft, table: TableReference, *, given: bool) -> Backend:
    """Choose the backend of the `hash` table that is used for one of `ELSEWHERE_BUILT`, with the same entries."""
    if given or draft.has(table.path):
        return Backend.BUILT
    unreadable = any(draft.has(f"{table.path}.{ending}") for ending, kind in INDEXES.items() if kind == table.kind)
    return Backend.EMPTY_FILE if unreadable else _without_file(draft, table)


def _compiled_backend(draft: Draft, table: TableReference) -> Backend:
    source, index = draft.has(table.path), draft.has(index_path(table))
    if index:
        return Backend.COMPILED if not source else Backend.BUILT if draft.lends_files else Backend.INDEX
    if not source:
        return _without_file(draft, table)
    return Backend.MISSING if lacks_index(draft, table) else Backend.BUILT


def _without_file(draft: Draft, table: TableReference) -> Backend:
    own = bool(draft.choices.at) and table.path.startswith(f"{draft.choices.at.rstrip('/')}/")
    return Backend.EMPTY_FILE if draft.lends_files or (is_others(table.path) and not own) else Backend.MISSING


def index_path(table: TableReference) -> str:
    """The file of a compiled table."""
    return f"{table.path}.{'lmdb' if table.kind == 'lmdb' else 'db'}"


def is_others(path: str) -> bool:
    """Whether another program brings the file: it lies in a folder of data, or is named after a known server."""
    return path.startswith(_DATA) or (not path.startswith(f"{ETC}/") and bool(server_name(path)))


def lacks_index(draft: Draft, table: TableReference) -> bool:
    """Whether the table has a source and no index, in a folder in which other tables have theirs."""
    if draft.lends_files or draft.has(index_path(table)) or not draft.has(table.path):
        return False
    return table.path not in PRESENT and has_indexes(draft)


def has_indexes(draft: Draft) -> bool:
    """Whether the folder holds a compiled table: beside its source, or of a table that a setting names."""
    stems = [found[1] for path in draft.files if (found := _INDEXED.match(path)) and path.startswith(f"{ETC}/")]
    return any(stem in draft.files or any(stem in draft.expand(s.value) for s in draft.settings()) for stem in stems)


def lacks_client_file(draft: Draft, table: TableReference) -> bool:
    """Whether a database's table names a file that is missing, in a folder that holds those of others.

    Where none is there, they were left out, because there are passwords in them.
    """
    if table.kind not in _CLIENTS or draft.lends_files or not table.path.startswith("/") or draft.has(table.path):
        return False
    words = " ".join(draft.expand(setting.value) for setting in draft.settings())
    others = re.findall(rf"(?:{'|'.join(_CLIENTS)}):(/[^\s,;{{}}]+)", words)
    return any(draft.has(path) for path in others)

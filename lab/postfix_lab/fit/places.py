"""Files that a configuration names outside of /etc/postfix, and where the folder may have them.

The folder may hold them at their whole path (`etc/mail/domains`), or it is mounted elsewhere on the admin's machine:
where the configuration names /opt/postfix/conf/access and the folder has `access`, it lies at /opt/postfix/conf. A
file of the tree around etc/postfix comes first; `runtime/admin_folder.py` reads it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Choices
from postfix_lab.fit.draft import Draft, Setting, begin_draft
from postfix_lab.fit.named_tables import NOT_TABLES, table_references
from postfix_lab.fit.source import Source
from postfix_lab.postfix.parameters import BUILT, CACHES, ELSEWHERE_BUILT, ETC, INDEXES, LISTS

_WORDS = re.compile(r"[\s,]+")
_INDEX_OF = {"lmdb": "lmdb"} | dict.fromkeys((BUILT | ELSEWHERE_BUILT) - {"lmdb"}, "db")


def fit(draft: Draft) -> None:
    """Place the files that the folder holds under another path than the configuration has for them."""
    mounted: dict[str, list[str]] = {}
    if draft.choices.at:
        reason = "the scenario says that it is mounted there"
        draft.add_delta(draft.choices.at, "the folder", reason, Setting("", "", draft.source.main))
    for setting, path in tuple(_outside(draft)):
        name, at = _find(draft.source, path)
        if not name or draft.has(path):
            continue
        draft.place(path, draft.source.files[name], draft.source.modes.get(name, 0o644))
        if at:
            mounted.setdefault(at, []).append(name)
        elif posixpath.splitext(path)[1].lstrip(".") not in INDEXES:
            draft.add_delta(path, name, "the folder holds it at its whole path", setting)
    for at, names in mounted.items():
        reason = f"the configuration names files there, and the folder holds them: {', '.join(names)}"
        draft.add_delta(at, "the folder", reason, Setting("", "", draft.source.main))


def named_files(source: Source) -> tuple[str, ...]:
    """The absolute paths outside of /etc/postfix that settings name as tables or lists, with those of indexes."""
    try:
        draft = begin_draft(source, Choices(), {}, "")
        return tuple(dict.fromkeys(path for _, path in _outside(draft)))
    except InputError:
        return ()  # The fit refuses it, with file and line.


def place_hint(source: Source, path: str) -> str:
    """Where to put a file so that the lab finds it."""
    name = path.removeprefix(f"{ETC}/") if path.startswith(f"{ETC}/") else path.lstrip("/")
    return source.path(name)


def list_files(draft: Draft, setting: Setting) -> Iterator[str]:
    """The files that a list names (`mydestination = /etc/postfix/domains`)."""
    words = (word.removeprefix("!") for word in _WORDS.split(draft.expand(setting.value)))
    yield from (word for word in words if word.startswith("/"))


def _outside(draft: Draft) -> Iterator[tuple[Setting, str]]:
    for setting in draft.settings():
        paths = list(list_files(draft, setting)) if setting.name in LISTS else []
        if setting.name not in CACHES | NOT_TABLES:
            for table in table_references(draft, setting):
                paths.append(table.path)
                if table.kind in _INDEX_OF:
                    paths.append(f"{table.path}.{_INDEX_OF[table.kind]}")
        yield from ((setting, path) for path in paths if path.startswith("/") and not path.startswith(f"{ETC}/"))


def _find(source: Source, path: str) -> tuple[str, str]:
    """The file's name in the folder, and the path at which the folder would lie for that; empty: at its whole path."""
    whole = posixpath.normpath(path).lstrip("/")
    if whole in source.files:
        return whole, ""
    parts = whole.split("/")
    for number in range(1, len(parts)):
        if (name := "/".join(parts[number:])) in source.files:
            return name, "/" + "/".join(parts[:number])
    return "", ""

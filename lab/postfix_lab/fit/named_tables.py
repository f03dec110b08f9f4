"""The lookup tables that a setting names, parameters expanded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from postfix_lab.fit.draft import Draft, Setting
from postfix_lab.postfix.parameters import BUILT, ELSEWHERE_BUILT, FOREIGN, PLAIN

_OUTER = "|".join(sorted(BUILT | ELSEWHERE_BUILT | PLAIN | FOREIGN, key=len, reverse=True))
_TABLE = re.compile(
    rf"(?<![\w./:-])(?:proxy:)?(?:({_OUTER})"
    r":([^\s,;{}]+)|(unix):((?:passwd|group)\.byname))"
)
_NAME = re.compile(r"\$[{(]?(\w+)")
NOT_TABLES = frozenset({"smtpd_milters", "non_smtpd_milters", "proxy_read_maps", "proxy_write_maps"})
"""Settings that open no table: a milter's socket looks like one, and proxymap's lists only permit tables."""


@dataclass(frozen=True)
class TableReference:
    """One table as a setting names it."""

    written: str
    """As written, `proxy:` included."""
    kind: str
    path: str

    @property
    def key(self) -> str:
        """Its name in a scenario: `mysql:/etc/postfix/users.cf`."""
        return f"{self.kind}:{self.path}"


def table_references(draft: Draft, setting: Setting) -> Iterator[TableReference]:
    """The tables in a setting, parameters expanded."""
    for found in _TABLE.finditer(draft.expand(setting.value)):
        kind, path = (found[1], found[2]) if found[1] else (found[3], found[4])
        if "$" in path or path.endswith("/"):
            continue  # An incomplete path, to which other parameters add a file name.
        if found[0] in setting.value or not _by_name(draft, setting, found[0]):
            yield TableReference(found[0], kind, path)


def _by_name(draft: Draft, setting: Setting, table: str) -> bool:
    """Whether the table comes from another parameter that the setting names, which is handled on its own."""
    others = [draft.parameters[name].value for name in _NAME.findall(setting.value) if name in draft.parameters]
    return any(table in draft.expand(value) for value in others)

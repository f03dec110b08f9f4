"""What later releases of Postfix take amiss: no `compatibility_level`, and Berkeley DB tables."""

from __future__ import annotations

from collections.abc import Iterator

from postfix_lab.audit.as_written import AdminConfig
from postfix_lab.audit.finding import AuditFinding, FindingKind, Severity
from postfix_lab.fit.named_tables import table_references

_WARNS = 14
"""The first release of Debian whose Postfix (3.11) warns of Berkeley DB (NON_BERKELEYDB_README)."""
_BERKELEY = ("hash", "btree")


def judge(written: AdminConfig, debian: int) -> Iterator[AuditFinding]:
    """Yield a note where compatibility_level is not set, and for the tables that this release warns of."""
    if not written.parameter_place("compatibility_level").line:
        what = "compatibility_level is not set: Postfix keeps the defaults of before 2015, and says so in its log"
        remedy = "add compatibility_level = 3.6, or what the host's release has, after a look at COMPATIBILITY_README"
        yield AuditFinding(FindingKind.LEVEL, Severity.NOTE, written.first_place, what, remedy)
    if debian >= _WARNS:
        yield from _berkeley(written)


def _berkeley(written: AdminConfig) -> Iterator[AuditFinding]:
    """Yield one warning for all such tables, at the first."""
    named = [
        (setting, table)
        for setting in written.draft.settings() if setting.file
        for table in table_references(written.draft, setting) if table.kind in _BERKELEY
    ]  # fmt: skip
    if named:
        (setting, table), *others = named
        more = f" and {len(others)} more" if others else ""
        what = f"{setting.what}: {table.key}{more}: this release warns of Berkeley DB, and a later one has none"
        remedy = "change the type to lmdb, run postmap on each, and set default_database_type = lmdb"
        place = written.setting_place(setting, table.path)
        yield AuditFinding(FindingKind.TABLE_TYPE, Severity.WARNING, place, what, remedy)

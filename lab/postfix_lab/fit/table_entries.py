"""The entries of tables that a scenario gives, in itself or in a folder of CSV files."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import CsvTables, Table
from postfix_lab.text import did_you_mean


class Entries:
    """The given entries by table; entries for a table that the configuration does not name are an error."""

    def __init__(self, tables: Mapping[str, Table], csv: CsvTables | None) -> None:
        self._tables = {key.removeprefix("proxy:"): entries for key, entries in tables.items()}
        self._csv = csv or CsvTables("", {})
        self._used: set[str] = set()
        self._asked: set[str] = set()

    def get(self, key: str) -> Table | None:
        """The entries for a table by its configured name (`mysql:/etc/postfix/users.cf`); None if there are none.

        The scenario's own entries win over a CSV file, named after the table's last part with or without suffix.
        """
        self._asked.add(key)
        if key in self._tables:
            self._used.add(key)
            return self._tables[key]
        name = posixpath.basename(key.partition(":")[2])
        for known in (name, name.rpartition(".")[0]):
            if known in self._csv.tables:
                self._used.add(known)
                return self._csv.tables[known]
        return None

    @property
    def asked(self) -> frozenset[str]:
        """The names of the tables of the configuration."""
        return frozenset(self._asked)

    def require_all_used(self) -> None:
        """Raise `InputError` if entries were given for a table that the configuration does not name."""
        known = sorted(self._asked) or ["none"]
        for key in self._tables:
            if key not in self._used:
                raise InputError(f"the configuration names no table {key!r}; {did_you_mean(key, known)}")
        for name in self._csv.tables:
            if name not in self._used and not any(name in posixpath.basename(key.partition(":")[2]) for key in known):
                raise InputError(
                    f"the configuration names no table of that name; {did_you_mean(name, known)}",
                    posixpath.join(self._csv.folder, f"{name}.csv"),
                )

"""The entries of tables that a scenario gives, in itself or in a folder of CSV files."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import CsvTables, Table
from postfix_lab.text import did_you_mean


class Entries:
    """The given entries by table; entries for a table that the configuration does not name are an error."""

    def __init__(
        self, tables: Mapping[str, Table], csv: CsvTables | None, beside: CsvTables | None = None
    ) -> None:
        self._tables = {key.removeprefix("proxy:"): entries for key, entries in tables.items()}
        self._csv, self._beside = csv or CsvTables("", {}), beside or CsvTables("", {})
        self._used: set[str] = set()
        self._asked: set[str] = set()

    def get(self, key: str) -> Table | None:
        """The entries for a table by its configured name (`mysql:/etc/postfix/users.cf`); None if there are none.

        The scenario's own entries win over those of its files, which win over what lies with the configuration. A file
        names a table as it is, or by its last part with or without suffix.
        """
        self._asked.add(key)
        if key in self._tables:
            self._used.add(key)
            return self._tables[key]
        name = posixpath.basename(key.partition(":")[2])
        for files in (self._csv, self._beside):
            for known in (key, name, name.rpartition(".")[0]):
                if known in files.tables:
                    self._used.add(known)
                    return files.tables[known]
        return None

    @property
    def left(self) -> tuple[str, ...]:
        """The names of entries beside the configuration that are for no table of it."""
        return tuple(name for name in self._beside.tables if name not in self._used)

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
                    _file(self._csv.folder, name),
                )


def _file(place: str, name: str) -> str:
    """Return the file that has the entries: a YAML file, or one of a folder of CSV files."""
    return place if place.endswith((".yaml", ".yml")) else posixpath.join(place, f"{name}.csv")

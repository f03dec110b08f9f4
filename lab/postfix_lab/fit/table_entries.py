"""The entries of tables that a scenario gives, in itself or in a folder of CSV files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import Table
from postfix_lab.paths import read_limited
from postfix_lab.text import did_you_mean

_COLUMNS = 2
_MOST = 16 << 20


class Entries:
    """The given entries by table; entries for a table that the configuration does not name are an error."""

    def __init__(self, tables: Mapping[str, Table], folder: Path | None) -> None:
        self._tables = {key.removeprefix("proxy:"): entries for key, entries in tables.items()}
        self._files = _read_folder(folder) if folder else {}
        self._folder = folder
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
        name = PurePosixPath(key.partition(":")[2]).name
        for known in (name, name.rpartition(".")[0]):
            if known in self._files:
                self._used.add(known)
                return self._files[known]
        return None

    def require_all_used(self) -> None:
        """Raise `InputError` if entries were given for a table that the configuration does not name."""
        known = sorted(self._asked) or ["none"]
        for key in self._tables:
            if key not in self._used:
                raise InputError(f"the configuration names no table {key!r}; {did_you_mean(key, known)}")
        for name in self._files:
            if name not in self._used and not any(name in PurePosixPath(key.partition(":")[2]).name for key in known):
                raise InputError(
                    f"the configuration names no table of that name; {did_you_mean(name, known)}",
                    str(Path(self._folder or ".") / f"{name}.csv"),
                )


def _read_folder(folder: Path) -> dict[str, Table]:
    try:
        return {path.name.removesuffix(".csv"): _entries(path) for path in sorted(folder.glob("*.csv"))}
    except OSError as error:
        raise InputError(f"the tables cannot be read: {error.strerror}", str(folder)) from error


def _entries(path: Path) -> Table:
    found: dict[str, str] = {}
    try:
        text = read_limited(path, _MOST, "a table is a file of rows with a key and a value").decode()
        for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
            if not row or row[0].lstrip().startswith("#"):
                continue
            if len(row) > _COLUMNS:
                raise InputError(f"a row is a key and a value; this one has {len(row)} columns", str(path), number)
            found[row[0].strip()] = row[1].strip() if len(row) == _COLUMNS else "x"
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"it is no CSV: {error}", str(path)) from error
    return found

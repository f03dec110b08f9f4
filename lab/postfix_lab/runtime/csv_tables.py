"""Read a folder of CSV files: entries for tables that the lab cannot query."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import CsvTables, Table
from postfix_lab.paths import read_limited

_COLUMNS = 2
_MOST = 16 << 20
"""The largest size of a file in octets."""


def read_csv_tables(folder: Path) -> CsvTables:
    """Return the entries of each `*.csv` file: the first column is the key, the second the value, by default `x`.

    Raises `InputError` with file and line for what is no such table, or if the folder cannot be read.
    """
    try:
        found = {path.name.removesuffix(".csv"): _entries(path) for path in sorted(folder.glob("*.csv"))}
    except OSError as error:
        raise InputError(f"the tables cannot be read: {error.strerror}", str(folder)) from error
    return CsvTables(str(folder), found)


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

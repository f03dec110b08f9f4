"""Read the entries of tables that the lab cannot query: from CSV and YAML files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import CsvTables, Table
from postfix_lab.paths import read_limited
from postfix_lab.runtime.csv_tables import read_csv_tables

_MOST = 16 << 20
_YAML = (".yaml", ".yml")


def read_tables(path: Path) -> CsvTables:
    """Return the entries of a folder of CSV files, or of a YAML file; raises `InputError` for anything else."""
    if path.suffix in _YAML:
        return CsvTables(str(path), _read_yaml(path))
    if path.is_dir():
        return read_csv_tables(path)
    what = "it is neither a YAML file" if path.exists() else "there is no such file"
    raise InputError(f"tables cannot be read: {what} nor a folder of CSV files", str(path))


def read_tables_beside(folder: Path) -> CsvTables | None:
    """Return the entries that lie with a configuration, in it or beside it; None if there are none.

    In it: `tables/*.csv` and `tables.yaml`; beside a folder `shop`: `shop.tables/*.csv` and `shop.tables.yaml`. What
    lies beside it wins.
    """
    beside = folder.with_name(f"{folder.name}.tables")
    places = (folder / "tables", folder / "tables.yaml", beside, beside.with_name(f"{beside.name}.yaml"))
    found = [read_tables(path) for path in places if path.is_file() or (path.is_dir() and any(path.glob("*.csv")))]
    merged: dict[str, Table] = {}
    for one in found:
        merged |= one.tables
    return CsvTables(found[-1].folder, merged) if found else None


def _read_yaml(path: Path) -> dict[str, Table]:
    """Return tables by name, `users.cf` or `mysql:/etc/postfix/users.cf`: keys with values, or a list of keys."""
    try:
        text = read_limited(path, _MOST, "a file of tables by name")
        found: Any = yaml.load(text, yaml.BaseLoader)  # noqa: S506 - it makes texts alone
    except OSError as error:
        raise InputError(f"tables cannot be read: {error.strerror}", str(path)) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(f"it is no YAML: {error}", str(path), mark.line + 1 if mark else None) from error
    if not isinstance(found, Mapping):
        raise InputError("it has no tables by name; write `users.cf: {bob@shop.test: OK}`", str(path))
    return {str(name): _entries(str(name), entries, path) for name, entries in found.items()}


def _entries(name: str, entries: Any, path: Path) -> Table:
    if isinstance(entries, list):
        entries = dict.fromkeys(map(str, entries), "x")
    if not isinstance(entries, Mapping) or not all(isinstance(value, str) for value in entries.values()):
        raise InputError(f"{name}: entries are keys with a text each, or a list of keys", str(path))
    return {str(key): value or "x" for key, value in entries.items()}

"""Entries that a scenario gives to tables, from itself and from CSV files."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.table_entries import Entries

KEY = "mysql:/etc/postfix/users.cf"


def csv(folder: Path, text: str, name: str = "users.csv") -> Path:
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("name", ["users.csv", "users.cf.csv"])
def test_a_file_by_the_tables_name(tmp_path: Path, name: str) -> None:
    """With or without its ending; a comment and an empty row are none, and a key alone has a value."""
    entries = Entries({}, csv(tmp_path, "# who\n\n a , b \n  #x,y\nc\n", name))
    assert entries.get(KEY) == {"a": "b", "c": "x"}
    entries.require_all_used()


def test_the_scenarios_own_win(tmp_path: Path) -> None:
    """Also where it names the table by way of proxymap."""
    entries = Entries({f"proxy:{KEY}": {"own": "1"}}, csv(tmp_path, "a,b\n"))
    assert entries.get(KEY) == {"own": "1"}
    assert entries.get("mysql:/etc/postfix/other.cf") is None
    entries.require_all_used()


def test_a_table_that_nobody_names() -> None:
    """The near miss is told, or that there is none."""
    entries = Entries({"mysql:/etc/postfix/user.cf": {}}, None)
    with pytest.raises(InputError, match=r"the configuration names no table 'mysql:/etc/postfix/user.cf'; there are none"):
        entries.require_all_used()
    entries.get(KEY)
    with pytest.raises(InputError, match=r"did you mean mysql:/etc/postfix/users.cf"):
        entries.require_all_used()


def test_a_file_that_no_table_is_called_by(tmp_path: Path) -> None:
    """It is named with its folder."""
    entries = Entries({}, csv(tmp_path, "a,b\n", "other.csv"))
    entries.get(KEY)
    with pytest.raises(InputError, match=r"the configuration names no table of that name; there are mysql:/etc/postfix/users.cf") as told:
        entries.require_all_used()
    assert told.value.file == str(tmp_path / "other.csv")


@pytest.mark.parametrize(
    "text, line, words", [("a,b\nc,d,e\n", 2, "a row is a key and a value; this one has 3 columns"), ('"a\nb', None, "it is no CSV: ")]
)
def test_a_file_that_is_none(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    """With its line, where there is one."""
    text = text if line else "\xff"
    (tmp_path / "users.csv").write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match=words) as told:
        Entries({}, tmp_path)
    assert (told.value.file, told.value.line) == (str(tmp_path / "users.csv"), line)

"""Entries that a scenario gives to tables, from itself and from CSV files."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import CsvTables
from postfix_lab.fit.table_entries import Entries

KEY = "mysql:/etc/postfix/users.cf"


def csv(name: str = "users") -> CsvTables:
    return CsvTables("/people", {name: {"a": "b"}})


@pytest.mark.parametrize("name", ["users", "users.cf"])
def test_a_file_by_the_tables_name(name: str) -> None:
    """With or without its ending."""
    entries = Entries({}, csv(name))
    assert entries.get(KEY) == {"a": "b"}
    entries.require_all_used()


def test_the_scenarios_own_win() -> None:
    """Also where it names the table by way of proxymap."""
    entries = Entries({f"proxy:{KEY}": {"own": "1"}}, csv())
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


def test_a_file_that_no_table_is_called_by() -> None:
    """It is named with its folder."""
    entries = Entries({}, csv("other"))
    entries.get(KEY)
    with pytest.raises(InputError, match=r"the configuration names no table of that name; there are mysql:/etc/postfix/users.cf") as told:
        entries.require_all_used()
    assert told.value.file == "/people/other.csv"

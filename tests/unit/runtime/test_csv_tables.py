"""A folder of CSV files with the entries of tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.choices import CsvTables
from postfix_lab.runtime.csv_tables import read_csv_tables
from postfix_lab.runtime.setup import Setup


def test_a_row_is_a_key_and_a_value(tmp_path: Path) -> None:
    """A comment and an empty row are none, and a key alone has a value; other files are left alone."""
    (tmp_path / "users.cf.csv").write_text("# who\n\n a , b \n  #x,y\nc\n")
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "README").write_text("a,b,c")
    assert read_csv_tables(tmp_path) == CsvTables(str(tmp_path), {"users.cf": {"a": "b", "c": "x"}, "empty": {}})


@pytest.mark.parametrize(
    "text, line, words",
    [
        (b"a,b\nc,d,e\n", 2, "a row is a key and a value; this one has 3 columns"), (b"\xff", None, "it is no CSV: "),
        (b"a" * 200_000, None, "it is no CSV: field larger"),
    ],
)  # fmt: skip
def test_a_file_that_is_none(tmp_path: Path, text: bytes, line: int | None, words: str) -> None:
    """With its line, where there is one."""
    (tmp_path / "users.csv").write_bytes(text)
    with pytest.raises(InputError, match=words) as told:
        read_csv_tables(tmp_path)
    assert (told.value.file, told.value.line) == (str(tmp_path / "users.csv"), line)


def test_an_edited_file_is_noticed(tmp_path: Path) -> None:
    """A mail host that has the setup would else keep the entries of before."""
    for name, text in (("main.cf", "mydestination = lab.test\nvirtual_alias_maps = mysql:/etc/users.cf\n"), ("users.csv", "a,b\n")):
        (tmp_path / name).write_text(text)
    setup = Setup(tmp_path, csv=tmp_path)
    assert setup.is_current()
    assert "a b\n" in setup.files().values()
    (tmp_path / "users.csv").write_text("a,c\n")
    assert not setup.is_current()

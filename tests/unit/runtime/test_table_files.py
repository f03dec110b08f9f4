"""Entries of tables in CSV and YAML files, named or beside the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.errors import InputError
from postfix_lab.runtime.setup import Setup
from postfix_lab.runtime.table_files import read_tables, read_tables_beside

MAIN = "mydestination = lab.test\nvirtual_alias_maps = mysql:/etc/postfix/users.cf\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A configuration with a table of a database."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.cf").write_text(MAIN)
    return folder


def entries(setup: Setup) -> list[str]:
    return [text for path, text in setup.files().items() if path.startswith("/etc/postfix-lab/tables/")]


def test_yaml(tmp_path: Path) -> None:
    """By the table's name or by its file's; values are texts, and a list has keys alone."""
    file = tmp_path / "t.yml"
    file.write_text("mysql:/etc/postfix/users.cf: {a@x: 010, b@x: }\ndomains: [x.test, y.test]\n")
    assert read_tables(file).tables == {"mysql:/etc/postfix/users.cf": {"a@x": "010", "b@x": "x"}, "domains": {"x.test": "x", "y.test": "x"}}


@pytest.mark.parametrize(
    "text, words, line",
    [("- a\n", "it has no tables by name", None), ("a: b\n", "a: entries are keys with a text each", None),
     ("a: {b: [c]}\n", "a: entries are keys", None), ("\na: {\n", "it is no YAML", 3)],
)  # fmt: skip
def test_yaml_that_has_none(tmp_path: Path, text: str, words: str, line: int | None) -> None:
    """It is told with the file."""
    file = tmp_path / "t.yaml"
    file.write_text(text)
    with pytest.raises(InputError, match=words) as told:
        read_tables(file)
    assert (told.value.file, told.value.line) == (str(file), line)


def test_neither(tmp_path: Path) -> None:
    """A file of another kind, and one that is not there."""
    (tmp_path / "t.txt").write_text("")
    for name, words in (("t.txt", "neither a YAML file nor a folder"), ("t.yaml", "cannot be read"), ("nowhere", "no such file nor a folder")):
        with pytest.raises(InputError, match=words):
            read_tables(tmp_path / name)


@pytest.mark.parametrize("place", ["shop/tables/users.cf.csv", "shop/tables.yaml", "shop.tables/users.csv", "shop.tables.yaml"])
def test_beside(shop: Path, place: str) -> None:
    """Each place is found by itself, is no file of the mail host, and is noticed when it is edited."""
    file = shop.parent / place
    file.parent.mkdir(exist_ok=True)
    file.write_text("users.cf: {a@x: b@x}\n" if place.endswith("yaml") else "a@x,b@x\n")
    setup = Setup(shop)
    assert entries(setup) == ["a@x b@x\n"]
    assert not [path for path in setup.files() if "tables.yaml" in path or path.endswith(".csv")]
    assert setup.is_current()
    file.write_text("users.cf: {a@x: c@x}\n" if place.endswith("yaml") else "a@x,c@x\n")
    assert not setup.is_current()


def test_nearer_wins(shop: Path) -> None:
    """Beside the folder over in it, named files over both, the scenario's own over all."""
    (shop / "tables.yaml").write_text("users: {a: one}\n")
    (shop.parent / "shop.tables.yaml").write_text("users: {a: two}\n")
    named = shop.parent / "named.yaml"
    named.write_text("users: {a: three}\n")
    found = read_tables_beside(shop)
    assert found is not None
    assert found.tables == {"users": {"a": "two"}}
    assert entries(Setup(shop)) == ["a two\n"]
    assert entries(Setup(shop, csv=named)) == ["a three\n"]
    assert entries(Setup(shop, csv=named, tables={"mysql:/etc/postfix/users.cf": {"a": "four"}})) == ["a four\n"]


def test_name_of_no_table(shop: Path) -> None:
    """Beside the configuration it is left alone and told; in a file that was named it is a mistake."""
    file = shop.parent / "shop.tables.yaml"
    file.write_text("nobody: {a: b}\n")
    told = [delta.reason for delta in Setup(shop).fit().deltas if delta.what == "nobody"]
    assert told == [f"the configuration names no table of that name ({file})"]
    with pytest.raises(InputError, match="names no table of that name") as error:
        Setup(shop, csv=file).fit()
    assert error.value.file == str(file)


def test_no_tables(shop: Path) -> None:
    """A folder `tables` of the admin's own sources is his, and goes along."""
    (shop / "tables").mkdir()
    (shop / "tables" / "access").write_text("a@x REJECT\n")
    assert read_tables_beside(shop) is None
    assert "/etc/postfix/tables/access" in Setup(shop).files()

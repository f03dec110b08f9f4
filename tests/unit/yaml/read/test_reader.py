"""Files as somebody wrote them, and files that somebody wrote to do harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postfix_lab.errors import InputError
from postfix_lab.text import printable
from postfix_lab.yaml.read.node import ListNode, ScalarNode, TableNode, describe, list_items
from postfix_lab.yaml.read.reader import is_sheet, looks_like_sheet, read, read_text

SCALARS = ["y", "n", "off", "no", "550", "1:2", "0x1f", "1e3", "null", "~", "2001-12-14", "=", "0123", ".inf"]


@pytest.mark.parametrize("text", SCALARS)
def test_a_scalar_stays_what_was_written(text: str) -> None:
    """Nothing ever turns into a boolean, a number, a date or nothing."""
    node = read_text(f"a: {text}\n", "f").get("a")
    assert isinstance(node, ScalarNode)
    assert (node.text, node.empty) == (text, False)


def test_every_part_knows_its_place() -> None:
    """Line and column are those of the file, from 1."""
    node = read_text("a:\n  - b: [x, yy]\n", "f").get("a")
    (inner,) = list_items(node)
    assert isinstance(inner, TableNode)
    (key, value) = inner.pairs[0]
    assert (key.place.line, key.place.column) == (2, 5)
    assert [(item.place.line, item.place.column) for item in list_items(value)] == [(2, 9), (2, 12)]


@pytest.mark.parametrize(
    "text, message",
    [
        ("a: &x {}\nb: *x\n", "f:1:4: anchors and aliases are not understood here"),
        ("a: !!python/name:os.system x\n", "f:1:4: a tag (tag:yaml.org,2002:python/name:os.system) means nothing here"),
        ("a: " + "[" * 100_000, "f:1:28: this is nested more than 24 levels deep"),
        ("a: " + "{b: " * 1000, "f:1:97: this is nested more than 24 levels deep"),
        ("a: 1\n\tb: 2\n", "f:2:1: this is not YAML: found character '\\t' that cannot start any token"),
        ("a: 1\na: 2\n", "f:2:1: the key 'a' is there already, in line 1"),
        ("a: [1\n", "f:1:6: this is not YAML: expected ',' or ']', but got '<stream end>'"),
        ("a: \x1b[31m\n", "f:1:4: the character U+001B may not stand in YAML"),
        ('a: "\\U00110000"\n', "this is not YAML, here or in what follows: chr()"),
        ('a: "\\ud800"\n', "f:1:4: the escape of half a surrogate pair is no character"),
        ("a: 1\n---\nb: 2\n", "f:2:1: a second document; one file is one document"),
        ("%YAML 99999999999999999999999.1\n---\na: 1\n", "f:1:1: this is not YAML: found incompatible YAML document"),
        ("- a\n", "f:1:1: the file has to be a table of keys"),
        ("", "f:1:1: the file has to be a table of keys"),
        ("? [a]\n: b\n", "f:1:3: a key has to be a text"),
        ("a: @b\n", "f:1:4: this is not YAML: found character '@' that cannot start any token (while scanning for the next token); put a text that begins with @ in quotes"),
        ("a: b: c\n", "mapping values are not allowed here; put a text that has a colon and a blank in it in quotes"),
        ("a: 1\n\tb: 2\n", "(while scanning for the next token); indent with blanks, a tab is not allowed there"),
    ],
)
def test_what_is_no_use_is_told_with_its_place(text: str, message: str) -> None:
    """Each way to be no use is a sentence with file, line and column, and a caret."""
    with pytest.raises(InputError) as raised:
        read_text(text, "f")
    assert message in str(raised.value)
    assert str(raised.value).splitlines()[-1].strip() == "^"


def test_the_caret_stands_under_the_place() -> None:
    """Also where the line has characters that are spelled out, and where it is long."""
    with pytest.raises(InputError) as raised:
        read_text(f'a: {{b: "\t{"x" * 200}", c: &d 1}}\n', "f")
    _, shown, caret = str(raised.value).splitlines()
    assert shown[len(caret) - 1 :].startswith("&d 1")
    assert len(shown) <= 110


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """A folder, a FIFO, a device and what is not there are refused before anybody waits for them."""
    os.mkfifo(tmp_path / "fifo.yaml")
    for path, message in [
        (tmp_path, "it is no regular file"),
        (tmp_path / "fifo.yaml", "it is no regular file"),
        (Path("/dev/zero"), "it is no regular file"),
        (tmp_path / "nothing.yaml", "it cannot be read: No such file or directory"),
        (tmp_path / "\0.yaml", "it cannot be read: embedded null byte"),
    ]:
        with pytest.raises(InputError, match=message):
            read(path)
        assert not is_sheet(path)


@pytest.mark.parametrize(
    "octets, message",
    [
        (b"schema: postfix-lab/v1\na: caf\xe9\n", ":2:7: the octet 0xe9 is not UTF-8"),
        (b"\xff\xfea\x00", ":1:1: the octet 0xff is not UTF-8"),
        (b"a: " + b"x" * 300_000, "it is larger than 256 KiB"),
    ],
)
def test_octets_that_are_no_text(tmp_path: Path, octets: bytes, message: str) -> None:
    """Latin-1, UTF-16 and a flood are told with their place."""
    path = tmp_path / "a.yaml"
    path.write_bytes(octets)
    with pytest.raises(InputError) as raised:
        read(path)
    assert message in str(raised.value)


def test_only_what_says_so_is_a_sheet(tmp_path: Path) -> None:
    """A folder may hold other YAML files: a workflow, a compose file, or one that only speaks of the schema."""
    path = tmp_path / "a.yaml"
    for text, is_one in [
        ("# ours\nschema: postfix-lab/v1\n", True),
        ('"schema": "postfix-lab/v9"\n', True),
        ("services: {}\n", False),
        ("about: the schema postfix-lab/v1\n", False),
    ]:
        path.write_text(text)
        assert is_sheet(path) is is_one


def test_a_byte_order_mark_and_dos_line_ends(tmp_path: Path) -> None:
    """What an editor on another system leaves does no harm."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert [key.text for key, _ in read(path)] == ["a", "b"]


def test_words_for_what_a_node_is() -> None:
    """Errors say what stands there."""
    table = read_text("a:\nb: [x]\nc: {}\nd: x\n", "f")
    assert [describe(value) for _, value in table] == ["nothing", "a list", "a table of keys", "a text"]
    assert isinstance(table.get("b"), ListNode)


@given(st.text(alphabet=st.characters(codec="utf-8")) | st.text("a:-[]{}&*!|>'\"%@`#,? \n\t\\x0U"))
@example("a: |\n\t")
@example("\x85a: *")
@example("a: '\u2028")
def test_reading_is_total(text: str) -> None:
    """Whatever a text is, it is a table or an InputError that is safe on a terminal."""
    try:
        shown = read_text(text, "f").place.file
    except InputError as error:
        shown = str(error)
    assert all(printable(line) == line for line in shown.split("\n"))


@pytest.mark.parametrize(
    "text, loosely, strictly",
    [
        ("shema: postfix-lab/v1\n", True, True),
        ("Schema: postfix-lab/v1\n", True, True),
        ("schema: postfixlab/v1\n", True, True),
        ("schema: postfix_lab\n", True, True),
        ("version: postfix-lab/v1\n", True, True),
        ("{schemas: postfix-lab v1, tests: {}}\n", True, True),
        ("tests:\n  a:\n    expect: {code: 250}\n", True, True),
        ("scenarios:  # mine\n  a: {host: 1.2.3.4, expect: {code: 250}}\n", True, True),
        ("'tests': {a: {expect: {code: 250}}}\n", True, True),
        ("tests:\r\n  - run: make\r\n", True, False),
        ("name: postfix-lab\nservices: {}\n", False, False),
        ("jobs:\n  tests:\n    expect: x\n", False, False),
        ("tests: no\n", False, False),
        ("x: [\n", False, False),
        ("", False, False),
    ],
)
def test_file_that_seems_to_be_meant_as_a_sheet(tmp_path: Path, text: str, loosely: bool, strictly: bool) -> None:
    """A misspelt schema, or tests; in a run of pytest, where the file may be anything's, tests that expect something."""
    path = tmp_path / "sheet.yaml"
    path.write_bytes(text.encode())
    assert (looks_like_sheet(path, loosely=True), looks_like_sheet(path, loosely=False)) == (loosely, strictly)
    assert not looks_like_sheet(tmp_path / "gone.yaml", loosely=True)

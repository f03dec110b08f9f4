"""The line of an entry, in each kind of source."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.files.table_lines import TableEntry, find_entry, table_entries

ALIASES = '# who\nroot: ann\n"two words": bob,\n  eve\npostmaster:root\n'
PATTERNS = "/^Subject:.*(cheap)/  REJECT no $1\nif /^X/\n!/^X-Mine/i REJECT no cheap\nendif\n/a\\/b/ WARN slash\nbroken\n"
NETWORKS = "192.0.2.0/24 REJECT no\n203.0.113.0/24 REJECT no\n[2001:db8::]/32 REJECT six\n!198.51.100.0/24 DUNNO\n"


def line(text: str, kind: str, key: str, value: str) -> int | None:
    """The line of the entry; None if the source does not show it."""
    found = find_entry(text, kind, key, value)
    return found.line if found else None


def test_entries() -> None:
    """Aliases in quotes, over two lines, without a blank; patterns and networks with their marks."""
    assert table_entries(ALIASES, "hash") == (
        TableEntry("root", "ann", 2),
        TableEntry("two words", "bob,  eve", 3),
        TableEntry("postmaster", "root", 5),
    )
    assert [entry.key for entry in table_entries(PATTERNS, "pcre")] == ["/^Subject:.*(cheap)/", "!/^X-Mine/i", "/a\\/b/"]
    assert [entry.line for entry in table_entries(NETWORKS, "cidr")] == [1, 2, 3, 4]
    assert table_entries("hosts = db\n", "mysql") == ()


@pytest.mark.parametrize(
    "text, kind, key, value, wanted",
    [
        ("a@b.test x\nC@b.test y\n", "hash", "c@b.test", "y", 2),
        ("a@b.test x\n", "lmdb", "c@b.test", "y", None),
        (PATTERNS, "regexp", "Subject: cheap", "REJECT no cheap", 1),
        (PATTERNS, "pcre", "X-Other: cheap", "REJECT no cheap", 3),
        (PATTERNS, "pcre", "a/b", "WARN slash", 5),
        (PATTERNS, "regexp", "a", "REJECT other", None),
        (NETWORKS, "cidr", "203.0.113.9", "REJECT no", 2),
        (NETWORKS, "cidr", "2001:db8::1", "REJECT six", 3),
        (NETWORKS, "cidr", "no address", "REJECT no", None),
        ("hosts = db\n", "mysql", "a", "b", None),
    ],
)
def test_an_entry(text: str, kind: str, key: str, value: str, wanted: int | None) -> None:
    """By its key where the table is indexed; else by its value, and by its pattern where several have it."""
    assert line(text, kind, key, value) == wanted


def test_two_alike() -> None:
    """Of patterns with one value it is the one that matches the key, cases as the table has them; else none is known."""
    text = "/^a/ REJECT\n/^b/i REJECT\n/(/ REJECT\n!/^c/ REJECT\n"
    assert [line(text, "regexp", key, "REJECT") for key in ("Ax", "bx", "Bx")] == [1, 2, 4]
    assert line("/(/ REJECT\n/[/ REJECT\n", "regexp", "x", "REJECT") is None
    assert line("192.0.2.0/24 OK\nx/24 OK\n!192.0.2.0/28 OK\n", "cidr", "203.0.113.1", "OK") == 3


def test_what_would_take_for_ever() -> None:
    """A pattern that Python might never be done with decides nothing, nor does a value of many parts."""
    text = "/^(a+)+$/ REJECT\n/^(a*)*x/ REJECT\n"
    assert line(text, "pcre", "a" * 64, "REJECT") is None
    assert line(f"/(.)/ REJECT {'$1 ' * 40}\n", "pcre", "a", f"REJECT {'a ' * 40}") == 1


def test_a_long_value() -> None:
    """The log has its first 100 characters."""
    text = f"/x/ REJECT {'y' * 200}\n/x/ WARN\n"
    assert line(text, "regexp", "x", f"REJECT {'y' * 93}...") == 1

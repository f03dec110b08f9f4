"""Master files, line by line."""

from __future__ import annotations

import pytest

from postfix_lab.dns.name import present
from postfix_lab.dns.zonefile import ZoneText, read_entries
from postfix_lab.errors import InputError


def entries(text: str, origin: str | None = "lab.test") -> list[tuple[int, str, str, int | None, str]]:
    return [(e.line, present(e.owner), e.type, e.ttl, e.data.text) for e in read_entries(ZoneText(text, origin=origin))[0]]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("mx A 192.0.2.1", [(1, "mx.lab.test", "A", None, "192.0.2.1")]),
        ("MX a 192.0.2.1", [(1, "mx.lab.test", "A", None, "192.0.2.1")]),
        ("@ 60 IN A 192.0.2.1", [(1, "lab.test", "A", 60, "192.0.2.1")]),
        ("@ in 1m A 192.0.2.1", [(1, "lab.test", "A", 60, "192.0.2.1")]),
        ("\n; a comment\n@ A 192.0.2.1 ; another", [(3, "lab.test", "A", None, "192.0.2.1")]),
        ("x A 192.0.2.1\n\tA 192.0.2.2", [(1, "x.lab.test", "A", None, "192.0.2.1"), (2, "x.lab.test", "A", None, "192.0.2.2")]),
        ("x A 192.0.2.1\n A 192.0.2.2", [(1, "x.lab.test", "A", None, "192.0.2.1"), (2, "x.lab.test", "A", None, "192.0.2.2")]),
        ("x 5 A 192.0.2.1\ny A 192.0.2.2", [(1, "x.lab.test", "A", 5, "192.0.2.1"), (2, "y.lab.test", "A", 5, "192.0.2.2")]),
        ("$TTL 9\nx A 192.0.2.1", [(2, "x.lab.test", "A", 9, "192.0.2.1")]),
        ("x 5 A 192.0.2.1\n$TTL 0\ny A 192.0.2.2", [(1, "x.lab.test", "A", 5, "192.0.2.1"), (3, "y.lab.test", "A", 0, "192.0.2.2")]),
        ("$ORIGIN a\nx A 192.0.2.1", [(2, "x.a.lab.test", "A", None, "192.0.2.1")]),
        ("$ORIGIN A.\nx A 192.0.2.1", [(2, "x.a", "A", None, "192.0.2.1")]),
        ("x TXT (\n one\n two )\ny A 192.0.2.1", [(1, "x.lab.test", "TXT", None, '"one" "two"'), (4, "y.lab.test", "A", None, "192.0.2.1")]),
        ('x TXT "a ; ( b" c;d', [(1, "x.lab.test", "TXT", None, '"a ; ( b" "c"')]),
        ('x TXT "a\\"b"', [(1, "x.lab.test", "TXT", None, '"a\\"b"')]),
        ('x TXT ""', [(1, "x.lab.test", "TXT", None, '""')]),
        ("\\$x A 192.0.2.1", [(1, "\\$x.lab.test", "A", None, "192.0.2.1")]),
        ("x TXT 5", [(1, "x.lab.test", "TXT", None, '"5"')]),
    ],
)  # fmt: skip
def test_what_lines_say(text: str, expected: list[tuple[int, str, str, int | None, str]]) -> None:
    """Owner, type, TTL and data, each with the line on which the record begins."""
    assert entries(text) == expected


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("$TTL", 1, "$TTL takes one value, not 0"),
        ("$ORIGIN a b", 1, "$ORIGIN takes one value, not 2"),
        ("\n$INCLUDE x", 2, "$INCLUDE is not known here; $ORIGIN and $TTL are"),
        (" A 192.0.2.1", 1, "the line begins with a blank, and there is no owner before it to inherit"),
        ("x", 1, "the line has no record type"),
        ("x 60 IN", 1, "the line has no record type"),
        ("x WKS y", 1, "WKS is not a record type that is known here: A, AAAA"),
        ("x CH A 192.0.2.1", 1, "class CH is not served here; IN is"),
        ("x HS A 192.0.2.1", 1, "class HS is not served here; IN is"),
        ("x cs A 192.0.2.1", 1, "class CS is not served here; IN is"),
        ("x 5 6 A 192.0.2.1", 1, "6 is not a record type"),
        ('x "IN" A 192.0.2.1', 1, "IN is not a record type"),
        ("x TXT (a", 1, "unbalanced parenthesis: the ( of this record is never closed"),
        ("\nx TXT (a\nb", 2, "unbalanced parenthesis: the ( of this record is never closed"),
        ("x TXT ((a))", 1, "unbalanced parenthesis: a second ( inside parentheses"),
        ("x TXT a\n)", 2, "unbalanced parenthesis: a ) without its ("),
        ('x TXT "a', 1, "a quoted string is not closed on its line"),
        ("x TXT a\\", 1, "a backslash ends the line on its line"),
        ("x A 192.0.2", 1, "A needs an IPv4 address"),
        ("x\x01 WKS\x1b y", 1, "WKS\\x1b is not a record type"),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int, words: str) -> None:
    """The sentence moves no terminal, whatever the file has in it."""
    with pytest.raises(InputError) as told:
        read_entries(ZoneText(text, "lab.zone", "lab.test"))
    assert (told.value.file, told.value.line) == ("lab.zone", line)
    assert words in str(told.value)
    assert str(told.value).isprintable()


@pytest.mark.parametrize(
    "text, origin, first",
    [
        ("", "Lab.Test", (b"lab", b"test")),
        ("$ORIGIN a.b", None, (b"a", b"b")),
        ("$ORIGIN a.\n$ORIGIN b.", None, (b"a",)),
        ("$ORIGIN a.", "lab.test.", (b"lab", b"test")),
        ("$ORIGIN .\n$ORIGIN a", None, ()),
        ("x. A 192.0.2.1", None, None),
    ],
)
def test_the_first_origin(text: str, origin: str | None, first: tuple[bytes, ...] | None) -> None:
    """The zone's own, or the first that the text names, whose dot at the end may be missing."""
    assert read_entries(ZoneText(text, origin=origin))[1] == first


def test_an_origin_that_cannot_be_one() -> None:
    """It is told without a line: it is not in the text."""
    with pytest.raises(InputError, match=r"the zone's origin cannot be used: the name 'a\.\.b' has an empty label") as told:
        read_entries(ZoneText("", "lab.zone", "a..b"))
    assert (told.value.file, told.value.line) == ("lab.zone", None)

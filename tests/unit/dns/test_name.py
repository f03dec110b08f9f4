"""Names in master file syntax, as labels and as text again."""

from __future__ import annotations

import re

import pytest

from postfix_lab.dns.name import Labels, absolute_name, is_below, lower, parse_name, present

ORIGIN = (b"lab", b"test")
LONGEST = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
"""253 characters: 255 octets on the wire (RFC 1035 section 2.3.4)."""


@pytest.mark.parametrize(
    "text, labels",
    [
        ("@", ORIGIN),
        (".", ()),
        ("mx", (b"mx", b"lab", b"test")),
        ("mx.a", (b"mx", b"a", b"lab", b"test")),
        ("mx.a.", (b"mx", b"a")),
        (r"a\.b.c.", (b"a.b", b"c")),
        (r"a\.b", (b"a.b", b"lab", b"test")),
        (r"\065b.", (b"Ab",)),
        (r"\255.", (b"\xff",)),
        (r"\000.", (b"\0",)),
        (r"\@.", (b"@",)),
        ("MX.", (b"MX",)),
        ("a" * 63 + ".", (b"a" * 63,)),
    ],
)
def test_a_name_as_labels(text: str, labels: Labels) -> None:
    """A dot at the end makes it absolute; escapes are octets of a label."""
    assert parse_name(text, ORIGIN) == labels


@pytest.mark.parametrize(
    "text, words",
    [
        ("", "has an empty label"),
        ("a..b.", "has an empty label"),
        (".a.", "has an empty label"),
        ("a" * 64 + ".", "has a label of 64 octets; 63 is the limit"),
        ("a\\", "ends in a lone backslash or holds a broken escape"),
        (r"\256.", r"holds the escape \256; 255 is the limit"),
        ("bücher.", "is not ASCII; write its A-label"),
        (LONGEST + "e.", "is longer than 255 octets"),
    ],
)
def test_what_dns_cannot_carry(text: str, words: str) -> None:
    """The sentence says what is wrong with it."""
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_name(text, ())


def test_the_longest_name() -> None:
    """255 octets on the wire, with the origin's."""
    assert present(parse_name(LONGEST, ())) == LONGEST
    with pytest.raises(ValueError, match="longer than 255 octets"):
        parse_name(LONGEST, (b"x",))


@pytest.mark.parametrize("text", ["@", "mx", "mx.lab.test"])
def test_a_relative_name_needs_an_origin(text: str) -> None:
    """Without one it is a mistake, with the remedy."""
    with pytest.raises(ValueError, match=r"is relative, and there is no \$ORIGIN; end it with a dot or name an origin"):
        parse_name(text)


@pytest.mark.parametrize("text", ["mx.lab.test", "mx.lab.test."])
def test_an_absolute_name_may_lack_its_dot(text: str) -> None:
    """Both spellings are the same name."""
    assert absolute_name(text) == (b"mx", b"lab", b"test")


def test_case_is_none_of_a_name() -> None:
    """ASCII letters alone have a case (RFC 4343)."""
    assert lower((b"MX", b"Lab", b"\xc4")) == (b"mx", b"lab", b"\xc4")


@pytest.mark.parametrize(
    "name, text",
    [
        ((), "."),
        ((b"mx", b"lab"), "mx.lab"),
        ((b"a-b", b"_c"), "a-b._c"),
        ((b"a.b",), r"a\.b"),
        ((b'x"y',), r"x\"y"),
        ((b"a b",), r"a\032b"),
        ((b"a!b~c",), "a!b~c"),
        ((b"\x7fa-",), r"\127a-"),
        ((b"-\x1f",), r"-\031"),
        ((b"$ORIGIN",), r"\$ORIGIN"),
    ],
)
def test_a_name_as_text(name: Labels, text: str) -> None:
    """What is special in a master file or not printable is escaped, so that it reads back."""
    assert present(name) == text
    assert absolute_name(text) == name


@pytest.mark.parametrize(
    "name, below",
    [
        ((b"lab", b"test"), True),
        ((b"mx", b"lab", b"test"), True),
        ((b"test",), False),
        ((b"xlab", b"test"), False),
        ((b"lab", b"test", b"x"), False),
    ],
)
def test_what_is_below(name: Labels, *, below: bool) -> None:
    """A name is below itself and below what its last labels are."""
    assert is_below(name, ORIGIN) is below


def test_everything_is_below_the_root() -> None:
    """The root has no labels."""
    assert is_below(ORIGIN, ()) is True

"""Reading master files: what they may say, and the sentence for what they may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.dns.namespace import Namespace
from postfix_lab.dns.zone import Zone, ZoneText
from postfix_lab.errors import InputError

FIXTURES = sorted((Path(__file__).parents[3] / "fixtures" / "zones").glob("*.zone"))


def said(text: str, name: str, rtype: str, origin: str | None = "lab.test") -> list[str]:
    """The presented answers to one question about one zone."""
    return [str(r) for r in Namespace([ZoneText(text, origin=origin)]).answer(name, rtype).answers]


def ttl(text: str, name: str, rtype: str) -> int:
    """The TTL of the first answer."""
    return Namespace([ZoneText(text, origin="lab.test")]).answer(name, rtype).answers[0].ttl


@pytest.mark.parametrize("path", FIXTURES, ids=lambda p: p.name)
def test_fixture_can_be_read(path: Path) -> None:
    """Every neighbourhood parses, opens with what is in it, and has the SOA that it writes."""
    text = path.read_text(encoding="utf-8")
    zone = Zone.parse(ZoneText(text, source=path.name))
    assert text.startswith("; ")
    assert zone.soa_written
    assert len(zone.nodes) > 1


def test_there_are_fixtures() -> None:
    """The test above would pass over an empty folder."""
    assert {p.name for p in FIXTURES} >= {"lab.test.zone", "good.example.zone", "seed-broken-mx.zone", "spf.zone"}


def test_owners_are_relative_absolute_inherited_or_the_origin() -> None:
    """`@`, relative names, names with a dot and a blank at the line's start all find their owner."""
    text = "@ MX 10 mx\nmx A 192.0.2.1\n   AAAA 2001:db8::1\nfull.lab.test. A 192.0.2.2\n"
    assert said(text, "lab.test", "MX") == ["MX 10 mx.lab.test."]
    assert said(text, "mx.lab.test", "AAAA") == ["AAAA 2001:db8::1"]
    assert said(text, "full.lab.test", "A") == ["A 192.0.2.2"]


def test_parentheses_comments_and_quotes() -> None:
    """A record may span lines; a semicolon or parenthesis inside quotes is text."""
    text = 'x TXT ( "one; (not a comment)" ; a comment )\n  "two" ) ; the end\ny A 192.0.2.1\n'
    assert said(text, "x.lab.test", "TXT") == ['TXT "one; (not a comment)" "two"']
    assert said(text, "y.lab.test", "A") == ["A 192.0.2.1"]


def test_escapes_in_names_and_strings() -> None:
    r"""`\.` is a dot inside a label, `\DDD` an octet, `\"` a quote."""
    text = 'a\\.b A 192.0.2.1\nx TXT "say \\"hi\\" \\255"\n'
    assert said(text, "a\\.b.lab.test", "A") == ["A 192.0.2.1"]
    assert said(text, "a.b.lab.test", "A") == []
    assert said(text, "x.lab.test", "TXT") == ['TXT "say \\"hi\\" \\255"']


def test_origin_directive_changes_what_names_are_relative_to() -> None:
    """A later $ORIGIN without a dot is relative to the one before."""
    text = "$ORIGIN lab.test.\na A 192.0.2.1\n$ORIGIN sub\nb A 192.0.2.2\n"
    assert said(text, "b.sub.lab.test", "A", None) == ["A 192.0.2.2"]


@pytest.mark.parametrize(
    "text,expected",
    [
        ("x A 192.0.2.1", 300),
        ("$TTL 1h30m\nx A 192.0.2.1", 5400),
        ("$TTL 60\nx 7 A 192.0.2.1", 7),
        ("x 7 IN A 192.0.2.1", 7),
        ("x IN 7 A 192.0.2.1", 7),
        ("y 7 A 192.0.2.2\nx A 192.0.2.1", 7),
        ("@ SOA ns root 1 2 3 4 55\nx A 192.0.2.1", 55),
    ],
)
def test_ttl_comes_from_the_line_the_directive_or_the_soa(text: str, expected: int) -> None:
    """The record's own TTL wins over $TTL, that over the last one stated, that over the SOA's minimum."""
    assert ttl(text, "x.lab.test", "A") == expected


@pytest.mark.parametrize(
    "text,origin,apex",
    [
        ("x.a.example. A 192.0.2.1", "a.example", b"a"),
        ("$ORIGIN a.example.\nx A 192.0.2.1", None, b"a"),
        ("b.example. SOA ns.b.example. root.b.example. 1 2 3 4 5\nx.b.example. A 192.0.2.1", None, b"b"),
        ("$ORIGIN example.\nb SOA ns root 1 2 3 4 5\nx.b A 192.0.2.1", None, b"b"),
    ],
)
def test_origin_is_found_in_three_places(text: str, origin: str | None, apex: bytes) -> None:
    """ZoneText.origin, $ORIGIN or the owner of the SOA; without an SOA one is made up."""
    zone = Zone.parse(ZoneText(text, origin=origin))
    assert zone.origin == (apex, b"example")
    assert zone.soa.type == "SOA"


@pytest.mark.parametrize(
    "text,line,sentence",
    [
        ("x A 192.0.2.300", 1, "A needs an IPv4 address, not '192.0.2.300'"),
        ("\n\nx AAAA 192.0.2.1", 3, "AAAA needs an IPv6 address"),
        (f"{'a' * 64} A 192.0.2.1", 1, "label of 64 octets"),
        (f"{'.'.join(['a' * 60] * 5)} A 192.0.2.1", 1, "longer than 255"),
        ("müller A 192.0.2.1", 1, "not ASCII"),
        ("a..b A 192.0.2.1", 1, "empty label"),
        ("x WKS 192.0.2.1", 1, "WKS is not a record type"),
        ("x A 192.0.2.1\ny TXT ( a\nb", 2, "never closed"),
        ("x TXT a )", 1, "a ) without its ("),
        ('x TXT "open', 1, "quoted string is not closed"),
        ("x MX mx", 1, "preference of MX is 'mx'"),
        ("x MX 10", 1, "MX lacks its exchange"),
        ("x A 192.0.2.1 192.0.2.2", 1, "too many"),
        ("x CNAME y\nx A 192.0.2.1", 2, "x.lab.test has a CNAME next to other records"),
        ("x A 192.0.2.1\nx CNAME y", 2, "a CNAME stands alone"),
        ("x CNAME y\nx CNAME z", 2, "a CNAME stands alone"),
        ("  A 192.0.2.1", 1, "no owner before it"),
        ("x.example. A 192.0.2.1", 1, "x.example is not in the zone lab.test"),
        ("$INCLUDE other", 1, "$INCLUDE is not known here"),
        ("x CH TXT a", 1, "class CH"),
        (f'x TXT "{"y" * 256}"', 1, "256 octets; 255 is the limit"),
        ("x 5 ", 1, "no record type"),
        ("@ SOA a b 1 2 3 4 5\n@ SOA a b 1 2 3 4 5", 2, "a second SOA"),
        ("x TLSA 3 1 1 xyz", 1, "not hexadecimal"),
        ("x 9z A 192.0.2.1", 1, "'9z' is not a TTL"),
        ("x TXT \\300", 1, "more than 255"),
        ("x TXT \\# 2 ff", 1, "announces 2 octets, and 1 follow"),
        ("x TXT \\# 1 zz", 1, "not hexadecimal"),
        ("x CNAME \\# 1 00", 1, "the server itself has to read it"),
    ],
)
def test_slip_is_a_sentence_with_file_and_line(text: str, line: int, sentence: str) -> None:
    """Whatever cannot be used is an InputError that says where it stands."""
    with pytest.raises(InputError) as caught:
        Zone.parse(ZoneText(text, source="my.zone", origin="lab.test"))
    assert (caught.value.file, caught.value.line) == ("my.zone", line)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "text,origin,sentence",
    [
        ("x.example. A 192.0.2.1", None, "no origin"),
        ("x A 192.0.2.1", None, "relative"),
        ("", "bad..name", "empty label"),
        ("b.a.example. SOA a. b. 1 2 3 4 5", "a.example", "declared as a.example"),
    ],
)
def test_zone_needs_one_origin(text: str, origin: str | None, sentence: str) -> None:
    """Neither none nor two of them."""
    with pytest.raises(InputError, match=sentence):
        Zone.parse(ZoneText(text, origin=origin))

"""`zonedata` as zones and faults."""

from __future__ import annotations

import pytest

from postfix_lab.dns.record_data import TYPES
from postfix_lab.errors import InputError
from postfix_lab.yaml.bind.section import Section
from postfix_lab.yaml.bind.zonedata import faults_of, zones_of
from postfix_lab.yaml.read.node import ListNode, Position, ScalarNode, TableNode, YamlNode

HERE = Position("a.yaml", 1, 1, "x")
SAID = Section({}, {"own": "own.example"})


def text(written: str) -> ScalarNode:
    return ScalarNode(written, HERE)


def entry(rtype: str, *values: str) -> TableNode:
    value: YamlNode = text(values[0]) if len(values) == 1 else ListNode(tuple(map(text, values)), HERE)
    return TableNode(((text(rtype), value),), HERE)


def table(name: str, *entries: YamlNode) -> TableNode:
    return TableNode(((text(name), ListNode(entries, HERE)),), HERE)


def records(*entries: YamlNode) -> list[str]:
    (zone,) = zones_of(table("x.a.example", *entries), SAID)
    return [line.removeprefix("x.a.example. ") for line in zone.text.splitlines()]


@pytest.mark.parametrize(
    "found, expected",
    [
        ([entry("A", "192.0.2.1")], ["A 192.0.2.1"]),
        ([entry("a", "192.0.2.1")], ["A 192.0.2.1"]),
        ([entry("MX", "10", "mx.a.example")], ["MX 10 mx.a.example."]),
        ([entry("MX", "10 $own.")], ["MX 10 own.example."]),
        ([entry("PTR", "y.example"), entry("NS", "n"), entry("CNAME", "c.")], ["PTR y.example.", "NS n.", "CNAME c."]),
        ([entry("TXT", "one", 'two"\\ é')], ['TXT "one" "two\\034\\092 \\195\\169"']),
        ([entry("TXT", "\x1f ~\x7f")], ['TXT "\\031 ~\\127"']),
        ([TableNode(((text("TXT"), ListNode((), HERE)),), HERE)], ['TXT ""']),
        ([entry("SPF", "v=spf1")], ['SPF "v=spf1"', 'TXT "v=spf1"']),
        ([entry("SPF", "v=spf1"), entry("TXT", "x")], ['SPF "v=spf1"', 'TXT "x"']),
        ([entry("SPF", "v=spf1"), entry("TXT", "NONE")], ['SPF "v=spf1"']),
        ([entry("A", "192.0.2.1"), entry("MX", "TIMEOUT"), text("SERVFAIL")], ["A 192.0.2.1"]),
    ],
)
def test_records(found: list[YamlNode], expected: list[str]) -> None:
    """As a master file has them; SPF is TXT as well where there is none, and a failure is none."""
    assert records(*found) == expected


@pytest.mark.parametrize(
    "name, origin", [("x.a.example", "a.example"), ("A.Example.", "a.example"), ("1.2.0.192.in-addr.arpa", "2.0.192.in-addr.arpa")]
)
def test_whose_zone_it_is(name: str, origin: str) -> None:
    """The last two labels, or the /24 of a reverse name; each zone once."""
    (zone,) = zones_of(TableNode((*table(name, entry("TXT", "a")).pairs, *table(name, entry("TXT", "b")).pairs), HERE), SAID)
    assert (zone.origin, zone.source, zone.text.count("\n"), zone.text[-1]) == (origin, "zonedata", 2, "\n")


@pytest.mark.parametrize(
    "name, found, words",
    [("x.a.example", entry("WKS", "x"), "WKS is not a record type that is known here: A, "), ("x.a.example", entry("A", "x"), "A needs an IPv4 address"), ("a..b", entry("A", "192.0.2.1"), "has an empty label")],
)  # fmt: skip
def test_a_mistake_has_its_place(name: str, found: YamlNode, words: str) -> None:
    """In the sheet, not in the zone that is made of it."""
    with pytest.raises(InputError, match=words) as raised:
        zones_of(table(name, found), SAID)
    assert (raised.value.file, raised.value.line) == ("a.yaml", 1)


def test_failures() -> None:
    """One of a type, and one by itself for all types that the name has no record of; each is a group."""
    groups = faults_of(table("x.a.example", entry("MX", "TIMEOUT"), entry("A", "192.0.2.1"), text("SERVFAIL"), text("other")), SAID)
    assert [[(f.name, str(f.kind), f.type) for f in group] for group in groups] == [
        [("x.a.example", "TIMEOUT", "MX")],
        [("x.a.example", "SERVFAIL", rtype) for rtype in TYPES if rtype != "A"],
    ]
    assert faults_of(table("x.a.example", entry("TXT", "DELAY")), SAID) == ()

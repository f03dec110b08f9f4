"""The suite's notation becomes zone text and faults by the rules of its own driver."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.conformance.suite_zones import world
from postfix_lab.dns.fault import DnsLookup, Fault, FaultKind
from postfix_lab.dns.namespace import Namespace
from postfix_lab.errors import InputError


def silenced(faults: tuple[Fault, ...], name: str, rtype: str) -> bool:
    assert {fault.kind for fault in faults} <= {FaultKind.TIMEOUT}
    return any(fault.matches(DnsLookup(name, rtype)) for fault in faults)


def told(entries: Any, rtype: str, name: str = "a.example") -> list[str] | None:
    """What the lab's DNS says about that type when the name has these entries; None for silence."""
    made = world({name: entries}, "sample")
    if silenced(made.faults, name, rtype):
        return None
    return [str(record) for record in Namespace(made.dns_zones()).answer(name, rtype).answers]


@pytest.mark.parametrize(
    "entries, txt",
    [
        ([{"SPF": "x"}], ['TXT "x"']),
        ([{"SPF": "x"}, {"TXT": "y"}], ['TXT "y"']),
        ([{"SPF": "x"}, {"TXT": "NONE"}], []),
        ([{"SPF": ["x", "y"]}], ['TXT "x" "y"']),
        ([{"SPF": []}], [r"TXT \# 0"]),
        ([{"TXT": "\x00é"}], [r'TXT "\000\195\169"']),
        ([{"TXT": "z" * 300}], [f'TXT "{"z" * 255}" "{"z" * 45}"']),
        ([{"TXT": "x"}, "TIMEOUT"], ['TXT "x"']),
        (["TIMEOUT", {"TXT": "x"}], None),
        ([{"SPF": "x"}, "TIMEOUT"], None),
    ],
)
def test_what_is_said_of_txt(entries: Any, txt: list[str] | None) -> None:
    """SPF counts as TXT where no TXT is told; TIMEOUT silences what has no record before it."""
    assert told(entries, "TXT") == txt


def test_silence_is_for_the_other_types() -> None:
    """A bare TIMEOUT leaves the types before it alone, and one that is a type's data silences that type."""
    assert told([{"A": "192.0.2.1"}, "TIMEOUT"], "A") == ["A 192.0.2.1"]
    assert told([{"A": "192.0.2.1"}, "TIMEOUT"], "AAAA") is None
    assert told([{"A": "TIMEOUT"}], "A") is None
    assert told([{"A": "TIMEOUT"}], "AAAA") == []


def test_names_of_odd_octets() -> None:
    """Blanks, percents and empty labels: what the driver would find is found."""
    made = world({"a%b  c.example": [{"MX": [0, ""]}], "d.example.": [{"PTR": "x..y.example."}]}, "sample")
    names = Namespace(made.dns_zones())
    assert [str(r) for r in names.answer((b"a%b  c", b"example"), "MX").answers] == ["MX 0 ."]
    assert [str(r) for r in names.answer("d.example", "PTR").answers] == ["PTR x.y.example."]


def test_names_that_are_never_answered() -> None:
    """What a record names below `error.` meets silence, whatever its type."""
    made = world({"a.example": [{"SPF": "v=spf1 a:error.b.example -all"}]}, "sample")
    assert silenced(made.faults, "error.b.example", "A")
    assert not silenced(made.faults, "terror.b.example", "A")


@pytest.mark.parametrize(
    "zonedata, said",
    [
        ({"a.example": "x"}, "a list of records is wanted"),
        ({"a.example": ["SILENCE"]}, "neither `TYPE: data` nor TIMEOUT"),
        ({"a.example": [{"MX": ["ten", "b.example"]}]}, "not a record that the suite's driver knows"),
        ({"a.example": [{"WKS": "x"}]}, "not a record that the suite's driver knows"),
        ({f"{'a' * 64}.example": []}, "DNS cannot carry the name"),
        ({"error.example": []}, "the driver never answers such a name"),
    ],
)
def test_what_cannot_be_served(zonedata: dict[str, Any], said: str) -> None:
    """It is a sentence that names the name, never a record that was guessed."""
    with pytest.raises(InputError, match=said):
        world(zonedata, "sample")


def test_the_longest_label() -> None:
    """63 octets are what DNS can carry (RFC 1035 section 2.3.4)."""
    name = f"{'a' * 63}.example"
    assert told([{"A": "192.0.2.1"}], "A", name) == ["A 192.0.2.1"]

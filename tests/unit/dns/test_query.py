"""A question and its outcome, as a line for a person."""

from __future__ import annotations

import pytest

from postfix_lab.dns.fault import FaultKind
from postfix_lab.dns.query import bare_answer, query_line, query_lines
from tests.unit.evidence_builder import query


@pytest.mark.parametrize(
    "rtype, outcome, answers, line",
    [
        ("MX", "NOERROR", ["MX 10 a.example.", "MX 20 b.example."], "x.example MX -> 10 a.example, 20 b.example"),
        ("A", "NOERROR", ["CNAME y.example.", "A 192.0.2.1"], "x.example A -> CNAME y.example, 192.0.2.1"),
        ("A", "NODATA", [], "x.example A -> NODATA"),
        ("A", "NXDOMAIN", ["CNAME y.example."], "x.example A -> NXDOMAIN CNAME y.example"),
        ("A", "NOERROR", [], "x.example A -> NOERROR"),
        ("TXT", "NOERROR", ["TXT \x1b."], "x.example TXT -> \\x1b"),
    ],
)
def test_what_was_learned(rtype: str, outcome: str, answers: list[str], line: str) -> None:
    """The records of a good answer alone; another outcome is named."""
    assert query_line(query("x.example", rtype, outcome, *answers)) == line


def test_what_is_noted() -> None:
    """Whatever was special about it, in one bracket."""
    seen = query(
        "x.example", "A", "TIMEOUT", stray=True, outside=True, fault=FaultKind.TIMEOUT, truncated=True, transport="tcp"
    )
    assert query_line(seen) == "x.example A -> TIMEOUT (stray, outside the zones, fault TIMEOUT, truncated, over TCP)"


def test_with_its_time() -> None:
    """On request with the resolver that was asked; below it the packet that a fault made."""
    seen = query("x.example", "A", "MALFORMED", packet="0a0b", octets=2)
    assert list(query_lines(seen, server=True)) == [
        "2023-11-14T22:13:20.000000+00:00 x.example A -> MALFORMED at 192.0.2.53",
        "    sent 2 octets: 0a0b",
    ]
    assert list(query_lines(query("x.example", "A", "NODATA"), server=False)) == [
        "2023-11-14T22:13:20.000000+00:00 x.example A -> NODATA"
    ]


@pytest.mark.parametrize(
    "answer, rtype, bare",
    [("A 192.0.2.1", "A", "192.0.2.1"), ("NS .", "NS", "."), ("CNAME a.", "A", "CNAME a"), ("A", "A", "A")],
)
def test_a_bare_answer(answer: str, rtype: str, bare: str) -> None:
    """Without its own type and the root dot; the root itself stays."""
    assert bare_answer(answer, rtype) == bare

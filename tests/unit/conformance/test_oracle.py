"""The lab's answers are held against those of the suite's driver."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.conformance.oracle import driver_question, mistakes, recorded_answers
from postfix_lab.dns.query import Query


def query(name: str, rtype: str, outcome: str, *answers: str) -> Query:
    return Query(1.0, "192.0.2.25", "192.0.2.53", "udp", name, rtype, outcome, answers)


@pytest.mark.parametrize(
    "rtype, outcome, answers, driver",
    [
        ("A", "NOERROR", ("A 1.2.3.4",), [["a.example", "A", "1.2.3.4"], ["a.example", "SPF", ["x"]]]),
        ("AAAA", "NOERROR", ("AAAA cafe::1",), [["a.example", "AAAA", "\xca\xfe" + "\0" * 13 + "\1"]]),
        ("TXT", "NOERROR", (r'TXT "\195\169" "b"',), [["a.example", "TXT", ["\xc3\xa9", "b"]]]),
        ("TXT", "NOERROR", (r"TXT \# 0",), [["a.example", "TXT", []]]),
        ("MX", "NOERROR", ("MX 0 .",), [["a.example", "MX", [0, ""]]]),
        ("PTR", "NOERROR", ("PTR mail.a.example.",), [["a.example", "PTR", "mail.A.example"]]),
        ("A", "NXDOMAIN", (), []),
        ("A", "TIMEOUT", (), None),
        ("A", "NOERROR", ("CNAME b.example.", "CNAME c.example."), [["a.example", "CNAME", "b.example"]]),
    ],
)
def test_both_say_the_same(rtype: str, outcome: str, answers: tuple[str, ...], driver: Any) -> None:
    """Case, root dots, records of other types and a CNAME's further way make no difference."""
    ((question, said),) = recorded_answers([query("a.example", rtype, outcome, *answers)])
    assert mistakes({question: [said]}, {question: driver}) == ()


@pytest.mark.parametrize(
    "outcome, answers, driver",
    [
        ("NXDOMAIN", (), [["a.example", "A", "1.2.3.4"]]),
        ("NOERROR", ("A 1.2.3.5",), [["a.example", "A", "1.2.3.4"]]),
        ("NOERROR", ("A 1.2.3.4", "A 1.2.3.5"), [["a.example", "A", "1.2.3.4"]]),
        ("NOERROR", ("A 1.2.3.4",), None),
        ("TIMEOUT", (), []),
    ],
)
def test_a_wrong_answer_is_named(outcome: str, answers: tuple[str, ...], driver: Any) -> None:
    """Missing, other, too many, said instead of silent and silent instead of said."""
    ((question, said),) = recorded_answers([query("a.example", "A", outcome, *answers)])
    (sentence,) = mistakes({question: [said]}, {question: driver})
    assert sentence.startswith("a.example A was answered ")


def test_the_mail_hosts_own_names_are_none_of_the_suites() -> None:
    """Its domain is in every world, so nothing is asked of the driver about it."""
    assert list(recorded_answers([query("mx.lab.test", "A", "NOERROR", "A 192.0.2.25")])) == []


def test_the_driver_is_asked_without_escapes() -> None:
    """It knows names as YAML has them."""
    assert driver_question((r"a%b\032c.example", "A")) == ["a%b c.example", "A"]

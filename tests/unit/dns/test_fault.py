"""Faults as data: what they are about, how they count, and which of them make no sense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.dns.fault import OUTAGES, DnsLookup, Fault, FaultKind, Faults
from postfix_lab.errors import InputError

ASKED = DnsLookup("mx.lab.test", "A", "192.0.2.21", "udp", "192.0.2.53")
MX = "mx.lab.test"


@pytest.mark.parametrize(
    "about,matches",
    [
        ({"client": "192.0.2.21"}, True),
        ({"client": "192.0.2.22"}, False),
        ({"transport": "udp"}, True),
        ({"transport": "tcp"}, False),
        ({"resolver": "192.0.2.53"}, True),
        ({"resolver": "2001:db8::53"}, False),
        ({"name": "*"}, True),
        ({"name": "*.lab.test"}, True),
        ({"name": "lab.test"}, False),
        ({"name": "MX.Lab.test."}, True),
        ({"type": "AAAA"}, False),
        ({"type": "a"}, True),
    ],
)
def test_every_condition_decides(about: dict[str, Any], matches: bool) -> None:
    """Name, type, client, transport and resolver all have to fit."""
    assert replace(Fault(MX, FaultKind.SERVFAIL), **about).matches(ASKED) is matches


def test_addresses_compare_as_addresses() -> None:
    """An IPv6 address may be spelled in several ways."""
    fault = Fault(MX, FaultKind.SERVFAIL, resolver="2001:db8:0::0053")
    assert fault.matches(replace(ASKED, server="2001:db8::53")) is True
    assert fault.matches(replace(ASKED, server="2001:db8::54")) is False


def test_nth_question_is_counted_from_one() -> None:
    """The first is right, the second fails, the third is right again; a new run counts anew."""
    faults = Faults((Fault(MX, FaultKind.SERVFAIL, nth=2),))
    assert [bool(faults.apply(ASKED)) for _ in range(3)] == [False, True, False]
    faults.reset_counts()
    assert [bool(faults.apply(ASKED)) for _ in range(2)] == [False, True]


def test_faults_in_a_row_make_a_sequence() -> None:
    """Each counts the same questions, whoever decides them, so three of them are the first three answers."""
    kinds = (FaultKind.SERVFAIL, FaultKind.NODATA, FaultKind.TIMEOUT)
    faults = Faults(tuple(Fault(MX, kind, nth=number) for number, kind in enumerate(kinds, 1)))
    chosen = [faults.apply(ASKED) for _ in range(4)]
    assert [c and (c.number, c.rule.kind) for c in chosen] == [*enumerate(kinds), None]


def test_other_questions_do_not_count() -> None:
    """A question about another type or over TCP is not the second one."""
    faults = Faults((Fault(MX, FaultKind.SERVFAIL, "A", transport="udp", nth=2),))
    for other in (ASKED, replace(ASKED, type="AAAA"), replace(ASKED, transport="tcp")):
        assert faults.apply(other) is None
    assert faults.apply(ASKED) is not None


@pytest.mark.parametrize(
    "about,problem",
    [
        ({"name": "münchen.example"}, "is not ASCII"),
        ({"name": "x" * 64 + ".example"}, "a label of 64 octets"),
        ({"name": ".".join(["x" * 60] * 5)}, "longer than 255 octets"),
        ({"name": ""}, "empty label"),
        ({"type": "TXTT"}, "the type 'TXTT'"),
        ({"client": "nobody"}, "the client 'nobody', which is no IP address"),
        ({"resolver": "fe80::1%eth0"}, "the resolver 'fe80::1%eth0'"),
        ({"transport": "sctp"}, "there are udp and tcp"),
        ({"kind": FaultKind.TRUNCATE, "transport": "tcp"}, "truncates nothing"),
        ({"kind": FaultKind.TRUNCATE_HANG, "transport": "udp"}, "it is about both"),
        ({"nth": -1}, "question -1; the first is 1"),
        ({"seconds": 1.0}, "only DELAY and TRUNCATE_HANG take some"),
        ({"kind": FaultKind.DELAY, "seconds": -1.0}, "takes -1.0 seconds"),
        ({"kind": FaultKind.DELAY, "seconds": float("nan")}, "takes nan seconds"),
        ({"kind": FaultKind.ANSWER}, "lacks its records"),
        ({"records": ("A 192.0.2.1",)}, "only ANSWER takes some"),
        ({"kind": FaultKind.ANSWER, "records": ("A 192.0.2.256",)}, "A needs an IPv4 address"),
        ({"kind": FaultKind.ANSWER, "records": ("NOTHING x",)}, "is not a record type"),
        ({"kind": FaultKind.HUGE, "octets": 0}, "is about 0 octets"),
        ({"kind": FaultKind.HUGE, "octets": 70_000}, "is about 70000 octets"),
    ],
)
def test_fault_that_makes_no_sense_is_refused(about: dict[str, Any], problem: str) -> None:
    """The sentence says which fault it is and what is wrong with it."""
    with pytest.raises(InputError, match=problem):
        Fault(**{"name": MX, "kind": FaultKind.SERVFAIL, **about})


def test_outages_say_nothing_about_the_name() -> None:
    """What is not an outage is an answer, the truth late or in other clothes, or a lie that a zone could tell."""
    assert {FaultKind.SERVFAIL, FaultKind.TIMEOUT, FaultKind.REFUSED, FaultKind.GARBAGE} <= OUTAGES
    assert not OUTAGES & {FaultKind.NXDOMAIN, FaultKind.NODATA, FaultKind.AUTHENTIC, FaultKind.ROTATE}

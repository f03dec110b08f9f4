"""A sentence about the DNS has what was asked and answered in this session, or says that nobody was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.dns.query import Query
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.verdict.reason import reasoned_outcome
from tests.unit.evidence_builder import START, log_of, query, refused_at_rcpt

REVERSE = "10.113.0.203.in-addr.arpa"
NO_PTR = "450 4.7.1 Client host rejected: cannot find your reverse hostname, [203.0.113.10]"
NO_NAME = "450 4.7.25 Client host rejected: cannot find your hostname, [203.0.113.10]"
NO_HELO = "450 4.7.1 <mail.good.example>: Helo command rejected: Host not found"
NO_SENDER = "450 4.1.8 <ann@good.example>: Sender address rejected: Domain not found"
LISTED = "554 5.7.1 Service unavailable; Client host [203.0.113.10] blocked using bl.example"


def first(seen: Evidence) -> str:
    """The first sentence of the reason."""
    return reasoned_outcome(seen).reasons[0]


@pytest.mark.parametrize(
    "reply, asked, words",
    [
        (NO_PTR, (), "no DNS question was asked about the client,"),
        (NO_PTR, (query(REVERSE, "PTR", "NXDOMAIN"),), "has no PTR record"),
        (NO_PTR, (query(REVERSE, "PTR", "SERVFAIL"),), "the DNS failed: to the question about the client's address came SERVFAIL"),
        (NO_PTR, (query(REVERSE, "PTR", "TIMEOUT"),), "came no answer at all"),
        (NO_NAME, (query(REVERSE, "PTR", "NOERROR", "PTR x.example."),), "no DNS question was asked about the client's name x.example"),
        (NO_NAME, (query(REVERSE, "PTR", "NOERROR", "PTR x.example."), query("x.example", "A", "REFUSED")), "came REFUSED"),
        (NO_NAME, (query(REVERSE, "PTR", "NXDOMAIN"),), "has no PTR record"),
        (NO_HELO, (), "no DNS question was asked about the name in HELO"),
        (NO_HELO, (query("mail.good.example", "A", "SERVFAIL"),), "the DNS failed"),
        (NO_HELO, (query("mail.good.example", "A", "NODATA"), query("mail.good.example", "MX", "NXDOMAIN")), "the name in HELO has no address and no MX record"),
        (NO_SENDER, (query("good.example", "MX", "NOERROR", "MX 10 x.example."),), "has no mail server that can be used"),
        (NO_SENDER, (query("good.example", "MX", "NOERROR", "MX 0 ."),), "null MX"),
        (LISTED, (), "no DNS list was asked in this session"),
        (LISTED, (query("10.113.0.203.bl.example", "A", "NOERROR", "A 127.0.0.2"),), "the DNS list bl.example has the client"),
        (LISTED, (query("good.example.rh.example", "A", "NOERROR", "A 127.0.0.2"),), "the DNS list rh.example has good.example"),
        (LISTED, (query("10.113.0.203.bl.example", "A", "NOERROR", "A 127.255.255.254"),), "refuses this resolver (127.255.255.254: the question came by a public resolver)"),
        (LISTED, (query("10.113.0.203.bl.example", "A", "NOERROR", "A 127.255.255.250"),), "an error of the list"),
        (LISTED, (query("10.113.0.203.bl.example", "A", "NXDOMAIN"),), "no DNS list was asked"),
    ],
)  # fmt: skip
def test_what_the_dns_said(reply: str, asked: tuple[Query, ...], words: str) -> None:
    """An answer, a failure, a list that refuses, or nobody who was asked."""
    assert words in first(replace(refused_at_rcpt(reply), queries=asked))


def test_questions_of_another_session() -> None:
    """What was asked before it began says nothing about it."""
    before = replace(query(REVERSE, "PTR", "NXDOMAIN"), at=START - 1)
    assert "no DNS question was asked" in first(replace(refused_at_rcpt(NO_PTR), queries=(before,)))


def test_the_parameter_that_forbids_lookups() -> None:
    """It is named; else the state of the chroot is told, the usual cause."""
    seen = replace(refused_at_rcpt(NO_PTR), queries=())
    assert "chroot packaged" in first(seen)
    assert "smtpd_peername_lookup = no" in first(replace(seen, postconf="smtpd_peername_lookup = no\n"))


def test_a_name_that_is_an_address() -> None:
    """Postfix warns of it, and takes it for no name."""
    seen = replace(
        refused_at_rcpt(NO_NAME),
        queries=(query(REVERSE, "PTR", "NOERROR", "PTR 203.0.113.10."),),
        log=log_of("smtpd: warning: numeric hostname: 203.0.113.10"),
    )
    assert "has an address as name (203.0.113.10)" in first(seen)

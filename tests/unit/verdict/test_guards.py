"""Guards: each passes on good evidence and speaks up on its own kind of trouble, and on no other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.fit.delta import MISSING, Delta
from postfix_lab.scenario.world import Host, Ptr, World
from postfix_lab.smtp.answer import Answer, Answered
from postfix_lab.smtp.behaviour import Behaviour
from postfix_lab.verdict.checks import Check, Finding, Status, accepted, bounced, logged, refused, replied, warned
from postfix_lab.verdict.guards import GUARDS
from tests.unit.evidence_builder import (
    CLIENT,
    GOOD_LOG,
    GOOD_QUERIES,
    evidence,
    log_of,
    message,
    query,
    refused_at_rcpt,
    session,
)

LOOKUP = "451 4.3.0 <bob@lab.test>: Temporary lookup failure"
WARNING = "smtpd: warning: hostname gmail.com does not resolve to address 203.0.113.10"
ELSEWHERE = "smtpd: connect from mail.good.example[172.17.0.1]:40001"
FAULT = Fault("mail.good.example", FaultKind.SERVFAIL, "A")
SENT = GOOD_LOG[4]
FAILED = SENT.replace("status=sent (250 2.0.0 Ok)", "status=bounced (host said: 550 5.1.1 no)")


def log_with(index: int, text: str) -> dict[str, Any]:
    """Make the good log with another line in one place."""
    return {"log": log_of(*GOOD_LOG[:index], text, *GOOD_LOG[index + 1 :])}


def spoken(changes: dict[str, Any], *checks: Check) -> dict[str, Finding]:
    """Return the guards that did not pass, by name."""
    findings = {name: guard(evidence(**changes), checks) for name, guard in GUARDS.items()}
    return {name: found for name, found in findings.items() if found.status is not Status.PASS}


@pytest.mark.parametrize("seen", [evidence(), refused_at_rcpt()])
def test_good_evidence_is_let_be(seen: Any) -> None:
    """An accepted and a refused mail offend no guard."""
    assert {guard(seen, ()).status for guard in GUARDS.values()} == {Status.PASS}


@pytest.mark.parametrize(
    "guard, status, changes",
    [
        ("quiet-log", Status.FAIL, {"other_log": log_of(WARNING)}),
        ("quiet-log", Status.FAIL, {"other_log": log_of("master: fatal: bind 0.0.0.0 port 25: Address in use")}),
        ("own-resolver", Status.UNKNOWN, {"queries": (*GOOD_QUERIES, query("a.example", "A", stray=True))}),
        ("fault-hit", Status.UNKNOWN, {"world": World(faults=(FAULT,))}),
        ("infrastructure", Status.UNKNOWN, {"sessions": (session(RCPT=LOOKUP),)}),
        ("infrastructure", Status.UNKNOWN, {"sessions": (session(RCPT="451 4.3.5 Server configuration problem"),)}),
        ("infrastructure", Status.UNKNOWN, {"sessions": (session(HELO="451 4.7.1 Service unavailable - try later"),)}),
        ("accepted-arrives", Status.FAIL, {"messages": ()}),
        ("accepted-arrives", Status.FAIL, {"messages": (message(recipients=("eve@lab.test",), content="Subject: x\r\n\r\n"),)}),
        ("accepted-arrives", Status.FAIL, log_with(4, FAILED)),
        ("accepted-arrives", Status.UNKNOWN, {"log": log_of(GOOD_LOG[0], GOOD_LOG[-1])}),
        ("accepted-arrives", Status.UNKNOWN, {"sessions": (session(MESSAGE="250 2.0.0 thank you"),)}),
        ("log-complete", Status.UNKNOWN, {"log": log_of(*GOOD_LOG[:-1])}),
    ],
)
def test_each_guard_speaks_up_alone(guard: str, status: Status, changes: dict[str, Any]) -> None:
    """One broken thing is told by one guard."""
    found = spoken(changes)
    assert {name: finding.status for name, finding in found.items()} == {guard: status}


@pytest.mark.parametrize("changes", [{"log": ()}, log_with(0, ELSEWHERE), log_with(0, GOOD_LOG[0][:-1] + "2")])
def test_log_of_another_client_or_none_is_unknown(changes: dict[str, Any]) -> None:
    """Another address or port in the log, or no line at all, means that the lab did not see its own session."""
    found = spoken(changes)
    assert found["client-address"].status is Status.UNKNOWN
    assert found["log-complete"].status is Status.UNKNOWN


def test_client_address_tells_both_addresses() -> None:
    """The finding says who spoke and whom the log names."""
    got = spoken(log_with(0, ELSEWHERE))["client-address"].got
    assert got == f"{CLIENT} port 40001 spoke, the log has: connect from mail.good.example[172.17.0.1]:40001"


def test_refused_connection_needs_no_log() -> None:
    """Where no connection came about, no line is missed."""
    nobody = replace(session(), exchanges=(), ended="refused")
    assert spoken({"sessions": (nobody,), "log": (), "messages": ()}) == {}


def test_fault_that_was_hit_is_no_trouble() -> None:
    """A question that the fault decided is the proof; one that another fault decided is not."""
    hit = query("mail.good.example", "A", "SERVFAIL", fault=FaultKind.SERVFAIL, fault_number=0)
    assert spoken({"world": World(faults=(FAULT,)), "queries": (hit,)}) == {}
    narrow = Fault("mail.good.example", FaultKind.TIMEOUT, "A")
    assert list(spoken({"world": World(faults=(FAULT, narrow)), "queries": (hit,)})) == ["fault-hit"]


def test_nth_question_has_to_be_asked() -> None:
    """A fault that waits for the second question is not met by the first, nor by its twin's."""
    twins = tuple(replace(FAULT, nth=number) for number in (1, 2))
    hit = query("mail.good.example", "A", "SERVFAIL", fault=FaultKind.SERVFAIL, fault_number=0)
    got = spoken({"world": World(faults=twins), "queries": (hit,)})["fault-hit"].got
    assert got == "nobody asked for mail.good.example A (SERVFAIL, question 2)"


def test_one_hit_is_enough_for_a_host_of_two_families() -> None:
    """A session from one address meets the faults of its family only."""
    host = Host((CLIENT, "2001:db8:113::10"), name="mail.good.example", ptr=Ptr.servfail())
    hit = query("10.113.0.203.in-addr.arpa", "PTR", "SERVFAIL", fault=FaultKind.SERVFAIL, fault_number=1)
    assert spoken({"world": World(hosts=(host,)), "queries": (hit,)}) == {}
    assert list(spoken({"world": World(hosts=(host,)), "queries": ()})) == ["fault-hit"]


def test_declared_answer_has_to_be_given() -> None:
    """At any of the host's addresses; another host's is none."""
    mta = Behaviour(answers=(Answer("MAIL", "550 5.7.1 No"), Answer("RCPT", "DROP", nth=2)))
    world = World(hosts=(Host(("203.0.113.61", "2001:db8::61"), name="mx.far.example", mta=mta),))
    given = [Answered(0.0, server, CLIENT, "MAIL", "x", n) for n, server in ((0, "2001:db8::61"), (1, "203.0.113.61"))]
    assert spoken({"world": world, "answered": tuple(given)}) == {}
    got = spoken({"world": world, "answered": (given[0], replace(given[1], server=CLIENT))})["answer-given"].got
    assert got == "mx.far.example never came to say RCPT: DROP, time 2"


def test_infrastructure_reply_is_let_be_only_when_its_code_and_text_are_wanted() -> None:
    """An ordinary defer does not cover it."""
    changes = {"sessions": (session(RCPT=LOOKUP),)}
    assert spoken(changes, refused("RCPT", 451, "4.3.0", "Temporary lookup failure")) == {}
    for vague in (refused("RCPT", "4xx", text="Temporary"), refused("RCPT", 451), replied("MAIL", 451, text="lookup")):
        assert list(spoken(changes, vague)) == ["infrastructure"]


@pytest.mark.parametrize(
    "text",
    [
        "451 4.7.24 Temporary lookup failure of the sender's SPF record",
        "450 4.3.0 Temporary lookup failure",
        "450 4.7.1 Service unavailable",
        "451 4.7.1 Service unavailable; Client host [203.0.113.10] blocked using bl.example",
        "451 4.7.1 Greylisted",
    ],
)
def test_ordinary_defer_is_no_infrastructure(text: str) -> None:
    """Code, enhanced code and text have to agree before a reply is taken for the mail host's own trouble."""
    seen = refused_at_rcpt(text)
    assert GUARDS["infrastructure"](seen, ()).status is Status.PASS


def test_expected_warning_is_no_noise_and_an_unexpected_one_beside_it_is() -> None:
    """Each warning has to be accounted for."""
    other = "smtpd: warning: run-time library vs. compile-time header version mismatch"
    assert spoken({"other_log": log_of(WARNING)}, warned("does not resolve")) == {}
    assert spoken({"other_log": log_of(WARNING)}, logged("HostnameMismatch", hostname="gmail.com")) == {}
    found = spoken({"other_log": log_of(WARNING, other)}, warned("does not resolve"))
    assert found["quiet-log"].got == "warning: run-time library vs. compile-time header version mismatch"
    assert spoken({"other_log": log_of(WARNING, other, other)})["quiet-log"].got.endswith("(and 2 more)")


def test_message_written_while_the_second_changed_is_no_surprise() -> None:
    """One second between the two clocks is how Postfix counts; two are a clock that is wrong."""
    clock = "cleanup: warning: file system clock is {} seconds ahead of local clock"
    resetting = "cleanup: warning: resetting file time stamps - this hurts performance"
    assert spoken({"other_log": log_of(clock.format(1), resetting)}) == {}
    assert list(spoken({"other_log": log_of(clock.format(2), resetting)})) == ["quiet-log"]


@pytest.mark.parametrize(
    "ahead, behind, loud", [(0, 18000, True), (18000, 18001, False), (18000, 17998, False), (18000, 17900, True)]
)
def test_a_clock_that_was_put_forward_is_no_surprise(ahead: int, behind: int, loud: bool) -> None:
    """Postfix finds the files as old as the lab made it believe; a clock that is wrong by itself is told."""
    facts = replace(evidence().mail_host, ahead=float(ahead))
    line = f"cleanup: warning: file system clock is {behind} seconds behind local clock"
    assert bool(spoken({"other_log": log_of(line), "mail_host": facts})) is loud


def test_expected_bounce_ends_a_message() -> None:
    """A delivery that failed as a check wants it is where the message went."""
    changes = {**log_with(4, FAILED), "messages": ()}
    assert spoken(changes, bounced()) == {}
    assert list(spoken(changes, accepted())) == ["accepted-arrives"]


def test_one_of_two_recipients_that_failed_is_told() -> None:
    """One copy that arrived does not hide the other."""
    failed = FAILED.replace("bob@", "carol@")
    assert list(spoken({"log": log_of(*GOOD_LOG[:5], failed, *GOOD_LOG[5:])})) == ["accepted-arrives"]


def test_mailbox_is_out_of_the_labs_sight() -> None:
    """Delivery as configured, into a mailbox or a socket of the mail host, counts by its log line."""
    into = SENT.replace("relay=192.0.2.99[192.0.2.99]:24", "relay=local").replace(
        "250 2.0.0 Ok", "delivered to mailbox"
    )
    assert spoken({**log_with(4, into), "messages": ()}) == {}


def test_discarded_mail_has_not_arrived() -> None:
    """discard(8) logs `status=sent` with no relay at all: the message is nowhere."""
    thrown = SENT.replace("relay=192.0.2.99[192.0.2.99]:24", "relay=none").replace("250 2.0.0 Ok", "lab.test")
    assert list(spoken({**log_with(4, thrown), "messages": ()})) == ["accepted-arrives"]


def test_forwarded_message_is_followed_to_its_new_queue_id() -> None:
    """An alias gives the message another queue id, under which it has to arrive."""
    into = SENT.replace("relay=192.0.2.99[192.0.2.99]:24", "relay=local")
    into = into.replace("250 2.0.0 Ok", "forwarded as 5ABCD12345")
    lines = [*GOOD_LOG[:4], into, SENT.replace("4ABCD12345", "5ABCD12345"), *GOOD_LOG[5:]]
    new = message(content=message().content.replace("4ABCD12345", "5ABCD12345"))
    assert spoken({"log": log_of(*lines), "messages": (new,)}) == {}
    assert list(spoken({"log": log_of(*lines), "messages": ()})) == ["accepted-arrives"]


def test_what_the_configuration_lacks_is_its_own_fault() -> None:
    """A 451 of a mail host whose configuration lacks a table or a service is no fault of the lab."""
    lacking = Delta("unix:private/spf (smtpd_recipient_restrictions)", MISSING, "no service of master.cf makes private/spf")
    host = replace(evidence().mail_host, deltas=(lacking,))
    found = GUARDS["infrastructure"](evidence(mail_host=host, sessions=(session(RCPT=LOOKUP),)), ())
    assert found.status is Status.FAIL


def test_a_recipient_without_a_mailbox() -> None:
    """The sink takes what the host itself would return."""
    found = spoken({"unlisted": ("bob@lab.test (virtual_mailbox_maps)", "eve@lab.test\x1b")})
    assert found["mailbox-exists"].got == "no table has bob@lab.test (virtual_mailbox_maps), eve@lab.test\\x1b"
    assert "mailbox-exists" not in spoken({})

"""Expectations: what each key wants of evidence, and that its opposite is red."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.verdict.checks import Status
from postfix_lab.verdict.judge import judge
from postfix_lab.yaml.bind.expectations import SEEN_CHECKS, convert
from postfix_lab.yaml.vocabulary.expect_keys import SEEN_EXPECT
from tests.unit.evidence_builder import evidence, message, refused_at_rcpt
from tests.unit.traced import two_recipients
from tests.unit.yaml.conftest import Mistake, Plays

ACCEPTED, REFUSED = evidence(), refused_at_rcpt()
HOLDS = [
    (ACCEPTED, "verdict: accept"),
    (ACCEPTED, "{verdict: accept, stage: MESSAGE, code: 2xx}"),
    (ACCEPTED, "verdict: [defer, accept]"),
    (ACCEPTED, "{verdict: accept, recipient: bob@lab.test}"),
    (ACCEPTED, "replies: [{stage: RCPT, said: bob@, code: 250, enhanced: 2.1.5, text: Ok}, {stage: DATA, code: 354}]"),
    (ACCEPTED, "ended: quit"),
    (ACCEPTED, 'sent: ["MAIL FROM:", "<CR><LF>Hello."]'),
    (ACCEPTED, "within: 1"),
    (ACCEPTED, "connected-as: mail.good.example"),
    (ACCEPTED, "delivered: yes"),
    (ACCEPTED, "delivered: {times: 1, to: bob@lab.test}"),
    (ACCEPTED, "headers: {Subject: lab}"),
    (ACCEPTED, "received-spf: pass"),
    (ACCEPTED, "received-spf: {result: pass, client-ip: 203.0.113.10, receiver: lab.test}"),
    (ACCEPTED, "queued: yes"),
    (ACCEPTED, "bounced: no"),
    (ACCEPTED, "log: [removed, {event: Delivery, status: sent}, {event: Queued, nrcpt: 1}]"),
    (ACCEPTED, "log-never: /reject|warning/"),
    (ACCEPTED, "asked: 203.0.113.10 PTR -> mail.good.example"),
    (ACCEPTED, "asked: {name: mail.good.example, type: A, outcome: NOERROR, answers: [203.0.113.10]}"),
    (ACCEPTED, "not-asked: [lab.test, mail.good.example AAAA]"),
    (REFUSED, "verdict: defer"),
    (REFUSED, "{stage: RCPT, code: 450, enhanced: 4.7.25, text: 'hostname, [203.0.113.10]'}"),
    (REFUSED, "text: '/cannot find your (reverse )?hostname/'"),
    (REFUSED, "delivered: no"),
    (REFUSED, "queued: no"),
    (evidence(queries=()), "asked-nothing: yes"),
    (evidence(messages=(message(protocol="SMTP", server="192.0.2.9"),)), "peers: {address: 192.0.2.9, to: bob@lab.test}"),
]
FALSE = [
    (ACCEPTED, "verdict: [defer, reject, disconnect, infrastructure, closed]"),
    (ACCEPTED, "{verdict: accept, stage: RCPT}"),
    (ACCEPTED, "{verdict: accept, code: 4xx}"),
    (ACCEPTED, "replies: {stage: RCPT, said: eve@, code: 250}"),
    (ACCEPTED, "ended: closed"),
    (ACCEPTED, 'sent: [lab, "<LF>.<LF>"]'),
    (ACCEPTED, "within: 0.1"),
    (ACCEPTED, "connected-as: unknown"),
    (ACCEPTED, "delivered: no"),
    (ACCEPTED, "delivered: {times: 2}"),
    (ACCEPTED, "headers: {Subject: l.b}"),
    (ACCEPTED, "received-spf: fail"),
    (ACCEPTED, "received-spf: absent"),
    (ACCEPTED, "queued: no"),
    (ACCEPTED, "bounced: yes"),
    (ACCEPTED, "log: /remo.ed by/"),
    (ACCEPTED, "log: {event: Queued, nrcpt: 2}"),
    (ACCEPTED, "log-never: removed"),
    (ACCEPTED, "asked: 203.0.113.10 PTR -> NXDOMAIN"),
    (ACCEPTED, "asked: lab.test TXT"),
    (ACCEPTED, "not-asked: mail.good.example"),
    (ACCEPTED, "asked-nothing: yes"),
    (ACCEPTED, "peers: {address: 192.0.2.9}"),
    (REFUSED, "verdict: [accept, reject]"),
    (REFUSED, "code: 550"),
    (REFUSED, "enhanced: 4.7.1"),
    (REFUSED, "text: 'hostname, .203'"),
    (REFUSED, "stage: MAIL"),
]


def status(sheet: Plays, seen: Evidence, expected: str) -> Status:
    (play,) = sheet(f"tests:\n  a:\n    expect: {expected if expected[0] == '{' else '{' + expected + '}'}\n")
    return judge(seen, play.rounds[0].checks).status


@pytest.mark.parametrize("seen, expected", HOLDS, ids=[text for _, text in HOLDS])
def test_what_holds_is_green(sheet: Plays, seen: Evidence, expected: str) -> None:
    """Each key, on evidence that bears it out."""
    assert status(sheet, seen, expected) is Status.PASS


@pytest.mark.parametrize("seen, expected", FALSE, ids=[text for _, text in FALSE])
def test_what_does_not_hold_is_red(sheet: Plays, seen: Evidence, expected: str) -> None:
    """Each key, on evidence that contradicts it."""
    assert status(sheet, seen, expected) is Status.FAIL


@pytest.mark.parametrize("result, right", [("pass", True), ("[fail, pass]", True), ("none", False)])
def test_the_spf_result(sheet: Plays, result: str, right: bool) -> None:
    """One result, or any of several."""
    (play,) = sheet(f"tests: {{a: {{result: {result}}}}}\n")
    assert (judge(ACCEPTED, play.rounds[0].checks).status is Status.PASS) is right


def test_where_the_port_may_be_closed_nothing_else_is_wanted_of_it(sheet: Plays) -> None:
    """A closed port neither logs nor asks; a session that came about is judged in full."""
    (play,) = sheet("tests: {a: {expect: {verdict: [closed, accept], connected-as: unknown, log: nonsense}}}\n")
    closed = ACCEPTED.sessions[0].__class__("203.0.113.10", 0, "192.0.2.21", 25, (), "refused", "Connection refused")
    assert judge(evidence(sessions=(closed,), log=(), messages=()), play.rounds[0].checks).status is Status.PASS
    assert judge(ACCEPTED, play.rounds[0].checks).status is Status.FAIL


def test_recipient_tells_outcomes_apart(sheet: Plays) -> None:
    """Without it a session of which one recipient was refused is an error with its place; with it each has a verdict."""
    bob, eve, either = sheet(
        "tests: {bob: {expect: {verdict: defer, recipient: bob@lab.test}},\n"
        "  eve: {expect: {verdict: accept, recipient: eve@lab.test}}, either: {expect: {verdict: accept}}}\n"
    )
    for play in (bob, eve):
        assert play.rounds[0].checks[0].judge(two_recipients()).status is Status.PASS
    with pytest.raises(InputError, match=r"3:\d+: the recipients' outcomes differ .* in YAML `recipient: bob@lab.test`"):
        either.rounds[0].checks[0].judge(two_recipients())


def test_who_decided_takes_a_trace(sheet: Plays) -> None:
    """A test that asks for the deciding restriction runs on a mail host that logs them; another one does not."""
    asks, other = sheet("tests: {a: {expect: {decided-by: reject_unauth_destination}}, b: {expect: {code: 554}}}\n")
    assert (asks.setup.trace, other.setup.trace) == (True, False)
    assert [check.name for check in asks.rounds[0].checks][:1] == ["decided_by"]


@pytest.mark.parametrize(
    "expected, problem",
    [
        ("{}", "2:9: the test asserts nothing"),
        ("{log-may: x}", "2:9: the test asserts nothing"),
        ("{recipient: bob@lab.test}", "2:9: the test asserts nothing"),
        ("{text: /(/}", "/(/ is no regular expression: missing )"),
        ("{asked: lab.test}", "'lab.test' is no DNS question; write it as in `203.0.113.9 PTR -> NXDOMAIN`"),
        ("{asked: lab.test TXTT}", "'TXTT' is no record type; did you mean TXT?"),
        ("{not-asked: a b c}", "a question that is never asked is `NAME` or `NAME TYPE`"),
        ("{log: {stage: RCPT}}", "fields of a log line go with an `event`"),
        ("{log: {event: Rejekt}}", "'Rejekt' is no event of the log; did you mean Reject?"),
        ("{log: {event: Reject, stag: RCPT}}", "'stag' is no field of Reject; did you mean stage?"),
        ("{code: 99}", "'99' is not an SMTP reply code; write 450, or 4xx for any of them"),
        ("{verdict: accepted}", "'accepted' is not a verdict; did you mean accept?"),
        ("{delivred: yes}", "`expect` has no key 'delivred'; did you mean delivered?"),
    ],
)
def test_mistakes(mistake: Mistake, expected: str, problem: str) -> None:
    """Each is told where it was written."""
    assert problem in mistake(f"tests: {{a: {{expect: {expected}}}}}\n")


def test_each_key_is_bound() -> None:
    """What is declared below `expect` for the whole test has its checks, so that none is passed over."""
    assert set(SEEN_CHECKS) == {key.name for key in SEEN_EXPECT}


@pytest.mark.parametrize(
    "text, hint, value",
    [
        ("450", int | None, 450), ("4xx", int | None, "4xx"), ("450", str | None, "450"), ("yes", bool, True), ("false", bool, False),
        ("yes", str, "yes"), ("-1", int, "-1"), ("x", None, "x"),
    ],
)  # fmt: skip
def test_a_field_as_the_event_has_it(text: str, hint: Any, value: object) -> None:
    """A number where the event has one and the text is one."""
    assert (convert(text, hint), type(convert(text, hint))) == (value, type(value))

"""Sessions in one world, and the checks about them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from postfix_lab.smtp.dialogue import mail
from postfix_lab.verdict.checks import Status
from postfix_lab.verdict.judge import judge
from tests.unit.evidence_builder import evidence
from tests.unit.yaml.conftest import Mistake, Plays


def test_several_results_are_told(sheet: Plays) -> None:
    """Where several SPF results will do, the line says which one it was."""
    first, second = sheet("tests: {a: {result: pass}, b: {result: [pass, unchecked]}}\n")
    assert (first.rounds[0].tell_spf, second.rounds[0].tell_spf) == (False, True)


def test_sessions_say_what_differs(sheet: Plays) -> None:
    """What the test says counts for each of them, checks have their session's number, and the line tells of it."""
    (play,) = sheet("""
    tests:
      a:
        in-turn: yes
        limit: 5
        mailfrom: a@x.example
        expect: {code: 2xx, delivered: yes}
        sessions:
          - {host: 203.0.113.9}
          - {host: 203.0.113.10, expect: {code: 4xx, verdict: [defer, closed]}}
    """)
    (round_,) = play.rounds
    assert [session.address for session in round_.sessions] == ["203.0.113.9", "203.0.113.10"]
    assert [check.want for check in round_.checks] == ["2xx", "defer or closed: 4xx", "1 message reached the sink"]
    assert (round_.in_turn, round_.limit, round_.tell) == (True, 5.0, (1,))


@pytest.mark.parametrize(
    "span, message",
    [
        ("5 hours", "'5 hours' is not a span of time; write it as in 61s, 5h or 4d 23h"),
        ("0s", "time can pass by more than nothing"),
        ("4000d", "up to 3650 days"),
    ],
)
def test_a_span_that_is_none(mistake: Mistake, span: str, message: str) -> None:
    """It is told with its place."""
    shown = mistake("tests: {a: {steps: [{later: SPAN, expect: {code: 250}}]}}".replace("SPAN", span))
    assert shown.startswith("2:")
    assert message in shown


def test_steps_have_worlds_of_their_own(sheet: Plays) -> None:
    """What the test says counts for each step, which may say it differently."""
    (play,) = sheet("""
    tests:
      a:
        zonedata: {a.example: [A: 1.1.1.1], b.example: [A: 1.1.1.1]}
        expect: {code: 250}
        steps: [{expect: {stage: RCPT}}, {zonedata: {b.example: [A: 2.2.2.2]}, result: pass}]
    """)
    first, second = play.rounds
    addresses = [str(round_.world.zones).split("b.example. A ")[1][:7] for round_ in play.rounds]
    assert addresses == ["1.1.1.1", "2.2.2.2"]
    assert [check.want for check in first.checks] == ["RCPT 250"]
    assert [check.want for check in second.checks] == ["250", "SPF pass"]


def test_clients_that_have_been_there_before(sheet: Plays) -> None:
    """Each of them pays one visit, up to RCPT, from each address that it comes from."""
    (play,) = sheet("""
    hosts: {a.example: {address: [203.0.113.9, "2001:db8::9"]}}
    tests:
      a:
        introduced: yes
        expect: {code: 250}
        host: a.example
        sessions: [{port: 587}, {source: "2001:db8::9"}, {mailfrom: x@a.example}]
    """)
    visits = play.rounds[0].introductions("eve@lab.test")
    assert play.rounds[0].introduced
    assert [(visit.address, visit.port) for visit in visits] == [("203.0.113.9", 25), ("2001:db8::9", 25)]
    assert visits[0].dialogue == mail(helo="a.example", to="eve@lab.test").until("RCPT")


def test_guards_that_are_switched_off(sheet: Plays) -> None:
    """By name; the one for faults is a check of its own here, which goes with it."""
    (play,) = sheet("tests: {a: {without: [quiet-log, fault-hit], ptr: servfail, host: 1.2.3.4, expect: {code: 250}}}\n")
    assert set(play.rounds[0].without) == {"quiet-log", "fault-hit", "answer-given"}
    assert [check.name for check in play.rounds[0].checks] == ["decided"]


def test_a_closed_port_meets_no_fault(sheet: Plays) -> None:
    """Where nobody has to listen, nobody has to ask: the fault is not missed."""
    text = "tests: {a: {host: 1.2.3.4, ptr: timeout, expect: {verdict: [accept, closed]}}}\n"
    (play,) = sheet(text)
    closed = replace(evidence().sessions[0], exchanges=(), ended="refused")
    seen = evidence(sessions=(closed,), log=(), messages=(), queries=())
    assert judge(seen, play.rounds[0].checks, play.rounds[0].without).status is Status.PASS
    assert judge(evidence(queries=()), play.rounds[0].checks, play.rounds[0].without).status is Status.UNKNOWN


@pytest.mark.parametrize(
    "text, message",
    [
        ("tests: {a: {}}\n", "2:9: the test asserts nothing"),
        ("tests: {a: {steps: [{expect: {code: 250}}, {}]}}\n", "2:9: the test asserts nothing"),
        ("tests: {a: {without: quite-log, expect: {code: 250}}}\n", "2:22: 'quite-log' is not a guard; did you mean quiet-log?"),
    ],
)
def test_mistakes(mistake: Mistake, text: str, message: str) -> None:
    """Each is told where it was written."""
    assert mistake(text).startswith(message)


def test_what_goes_on_in_the_queue(sheet: Plays) -> None:
    """Once more, and texts to wait for with the number of their lines; or the log while Postfix works by itself."""
    (play,) = sheet("""
    tests:
      a:
        steps:
          - {further: ["status=sent", {text: "to=<bob@$mydomain>", times: 2}], expect: {code: 250}}
          - {retry: yes, further: ": removed", expect: {code: 250}}
          - {later: 6d, until: [status=expired, ": removed"], expect: {log: expired}}
    """)
    first, second, third = play.rounds
    assert (first.retry, first.further) == (False, (("status=sent", 1), ("to=<bob@lab.test>", 2)))
    assert (second.retry, second.further) == (True, ((": removed", 1),))
    assert (third.later.days, third.until) == (6, ("status=expired", ": removed"))


@pytest.mark.parametrize(
    "step, message",
    [
        ("until: x", "`until` waits for what comes of `later`, and this step has none"),
        ("later: 1d, until: x, retry: yes", "a step with `until` holds no session that could be seen further"),
        ("later: 1d, until: x, further: y", "a step with `until` holds no session that could be seen further"),
    ],
)
def test_what_does_not_go_together(mistake: Mistake, step: str, message: str) -> None:
    """It is told with its place."""
    shown = mistake(f"tests: {{a: {{steps: [{{{step}, expect: {{code: 250}}}}]}}}}")
    assert shown.startswith("2:")
    assert message in shown

"""Explanations of real sessions: who decided, what it rests on, and what is not known."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from postfix_lab.errors import InputError
from postfix_lab.evidence.evidence import Evidence, load, save
from postfix_lab.report.explanation_data import explanation_data
from postfix_lab.report.explanation_text import WIDTH, decider_line, explanation_text
from postfix_lab.verdict.explanation import Decision, explain
from tests.selftest.decisions import contradictions
from tests.unit.evidence_builder import evidence, query, reply
from tests.unit.traced import CLASS, DEFERRED, GOOD, NO_PTR, RELEASES, traced, two_recipients

REVERSE = "9.113.0.203.in-addr.arpa"


def decided(seen: Evidence) -> Decision:
    (session,) = explain(seen).sessions
    assert session.decision is not None
    return session.decision


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(
    "which, why, by",
    [
        (GOOD, "nothing refused", ""),
        (NO_PTR, "restriction", "reject_unknown_reverse_client_hostname"),
        (CLASS, "nothing refused", ""),
        (DEFERRED, "deferred", "check_sender_access"),
    ],
)
def test_decision(release: str, which: int, why: str, by: str) -> None:
    """Four sessions of each release and what decided about their mail."""
    decision = decided(traced(which, release))
    name = decision.step.restriction.name if decision.step else ""
    assert (decision.why, name) == (why, by)


def test_questions_are_tied_by_nature_and_by_time() -> None:
    """The PTR rule rests on the lookup before the greeting, the policy service on what was asked while it thought."""
    seen = traced(NO_PTR)
    before = replace(query(REVERSE, "PTR", "NXDOMAIN"), at=seen.log[0].at - 1)
    (session,) = explain(replace(seen, queries=(before,))).sessions
    assert session.decision is not None
    assert session.decision.step is not None
    assert session.decision.step.queries == (before,)
    good = traced(GOOD)
    policy = explain(good).sessions[0].commands[3].lists[0].steps[-1]
    meanwhile = replace(query("good.example", "TXT", "NODATA"), at=(policy.began + policy.ended) / 2)
    command = explain(replace(good, queries=(meanwhile,))).sessions[0].commands[3]
    assert [len(step.queries) for step in command.lists[0].steps] == [0, 0, 0, 0, 1]


def test_time_ties_nothing_where_sessions_overlap() -> None:
    """Who asked cannot be told then, so it is left out."""
    good = traced(GOOD)
    during = replace(query("good.example", "TXT", "NODATA"), at=good.log[-3].at)
    both = replace(good, queries=(during,), sessions=(*good.sessions, replace(good.sessions[0], port=1)))
    assert {step.queries for step in explain(both).sessions[0].commands[3].walk()} == {()}


def test_refusal_without_a_restriction_is_outside() -> None:
    """A protocol error has no reject line of any list; the explanation says so and names nobody."""
    seen = traced(NO_PTR)
    cut = [line for line in seen.log if not line.text.startswith((">>>", "generic_checks", "NOQUEUE"))]
    decision = decided(replace(seen, log=tuple(cut)))
    assert (decision.why, decision.step) == ("outside", None)
    assert "no restriction" in decider_line(decision)


def test_evidence_without_a_trace_is_told() -> None:
    """Whoever asks for an explanation hears how to get one."""
    with pytest.raises(InputError, match=r"has no trace.*mail_host\(trace=True\)"):
        explain(evidence())


def test_session_with_another_mta_has_nothing_to_explain() -> None:
    """What a client said to a remote MTA is none of the mail host's decisions."""
    seen = traced(NO_PTR)
    elsewhere = replace(seen.sessions[0], server="198.51.100.1", client="203.0.113.99")
    (session,) = explain(replace(seen, sessions=(elsewhere,), logs=((),))).sessions
    assert (session.service, session.commands, session.decision) == ("", (), None)


@pytest.mark.parametrize("which", [GOOD, NO_PTR, CLASS, DEFERRED])
def test_text_fits_a_screen_and_data_is_json(which: int) -> None:
    """The usual case is at most 40 lines wide as a report, harmless, and the same as plain values."""
    explanation = explain(traced(which))
    lines = explanation_text(explanation).splitlines()
    assert len(lines) <= 40
    assert max(len(line) for line in lines) <= WIDTH
    assert json.loads(json.dumps(explanation_data(explanation)))["scenario"] == "right"
    assert "\x1b" not in explanation_text(explanation)
    assert "\x1b[33mdefer" in explanation_text(explain(traced(NO_PTR)), colour=True)


def test_text_names_the_deciding_line() -> None:
    """The decision comes first, its line is marked, and what was not reached stands below it."""
    text = explanation_text(explain(traced(NO_PTR)))
    assert "decided by  reject_unknown_reverse_client_hostname  main.cf:38\n" in text
    assert text.count("<** decided") == 1
    assert text.count("not reached") == 2


def test_text_tells_recipients_apart() -> None:
    """Where another one decided about each, a line each says so; one recipient needs none."""
    text = explanation_text(explain(two_recipients()))
    assert "recipient   bob@lab.test: reject_unknown_reverse_client_hostname  main.cf:38\n" in text
    assert "recipient   eve@lab.test: no restriction: every list ran to its end" in text
    assert "recipient   " not in explanation_text(explain(traced(NO_PTR)))


def test_hostile_words_are_spelled_out() -> None:
    """A terminal escape out of the log or a file never reaches the terminal."""
    seen = traced(NO_PTR)
    evil = tuple(replace(line, text=line.text.replace("bob@", "\x1b[2J\u202e@")) for line in seen.log)
    assert not {"\x1b", "\u202e"} & set(explanation_text(explain(replace(seen, log=evil))))


def test_saved_evidence_explains_itself_later(tmp_path: object) -> None:
    """The configuration is part of the evidence, so that no mail host is needed."""
    seen = traced(DEFERRED)
    assert explain(load(save(seen, f"{tmp_path}/kept"))) == explain(seen)


def test_reply_that_differs_contradicts() -> None:
    """The comparison with the client's side sees another code, and a reject line that nobody explains."""
    seen = traced(NO_PTR)
    assert contradictions(seen, explain(seen)) == []
    (session,) = seen.sessions
    lied = replace(session, exchanges=(replace(session.exchanges[0], reply=reply("550 5.7.1 no")),))
    assert "the client got ['550 5.7.1 no']" in contradictions(replace(seen, sessions=(lied,)), explain(seen))[0]
    silent = replace(seen, log=tuple(line for line in seen.log if "reject: " not in line.text))
    assert "the log has no reject line" in contradictions(silent, explain(seen))[0]

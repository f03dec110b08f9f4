"""Which DNS questions belong to a restriction: those of the client's names, and those asked while it was evaluated."""

from __future__ import annotations

from dataclasses import replace

from postfix_lab.postfix.files.place import Place
from postfix_lab.postfix.restrictions import EvaluatedCommand, Evaluation, Restriction, Result, Step
from postfix_lab.postfix.restrictions.postscreen import SITES
from postfix_lab.verdict.session_questions import SessionQuestions, client_lookups
from tests.unit.evidence_builder import CLIENT, START, evidence, log_of, query, session


def step(result: Result, name: str) -> Step:
    return Step(Restriction(name, "", Place("main.cf", 5), SITES, 0), result)


def test_questions_of_postscreen() -> None:
    """A site rests on the question about the client there, whoever asked; a list of smtpd on what was asked meanwhile."""
    listed = query("10.113.0.203.bl.example", "A", "NXDOMAIN")
    other = query("10.113.0.203.other.example", "A", "NXDOMAIN")
    seen = evidence(queries=(listed, other))
    questions = SessionQuestions(seen, seen.sessions[0], ())
    steps = step("dunno", "bl.example=127.0.0.2*3"), step("dunno", "none.example*2"), step("not reached", "bl.example")
    own = EvaluatedCommand("RCPT", "RCPT TO:<b@c>", 0.0, (Evaluation(SITES, "list", steps),))
    (found,) = questions.tie(own).lists
    assert [one.queries for one in found.steps] == [(listed,), (), ()]


def test_lookups_before_the_connection() -> None:
    """The client's reverse lookup and its names, until smtpd logged the connection and not later."""
    reverse = f"{'.'.join(reversed(CLIENT.split('.')))}.in-addr.arpa"
    pointer = query(reverse, "PTR", "NOERROR", "PTR Mail.good.example.")
    name = query("mail.good.example", "A", "NOERROR", "A 203.0.113.10")
    others = (query("mail.good.example", "MX"), query("other.example", "A"), query("9.113.0.203.in-addr.arpa", "PTR"), query(reverse, "TXT"))
    assert list(client_lookups((pointer, name, replace(name, type="AAAA"), *others), CLIENT, START)) == [pointer, name, replace(name, type="AAAA")]
    assert list(client_lookups((pointer, name), CLIENT, START - 1)) == []
    assert list(client_lookups((name, pointer), CLIENT, START)) == [pointer]


def test_sessions_that_touch() -> None:
    """Where one ends as the other begins, nobody can say who asked."""
    one = session()
    for began, alone in ((one.finished, False), (one.finished + 0.1, True), (one.started - 1, False), (one.started - 9, True)):
        other = replace(one, port=1, started=began, finished=began + 1)
        for sessions in ((one, other), (other, one)):
            seen = evidence(sessions=sessions)
            assert SessionQuestions(seen, one, ())._queries == (seen.queries if alone else ())


def test_the_lookup_behind_a_warning() -> None:
    """A warning of smtpd may come before it logs the connection; the lookups go on until then."""
    lines = log_of("smtpd: warning: hostname x does not resolve to address 203.0.113.10", f"smtpd: connect from unknown[{CLIENT}]:40001")
    reverse = f"{'.'.join(reversed(CLIENT.split('.')))}.in-addr.arpa"
    pointer = replace(query(reverse, "PTR"), at=(lines[0].at + lines[1].at) / 2)
    seen = evidence(queries=(pointer,))
    assert SessionQuestions(seen, seen.sessions[0], lines)._names == (pointer,)

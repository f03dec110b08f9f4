"""The timeline: every piece once, in the order of its stamps, and a cause before its effect."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from postfix_lab.evidence.address import Address, piece_at, pieces
from postfix_lab.evidence.evidence import Evidence
from postfix_lab.evidence.timeline import (
    Asked,
    Closed,
    Delivered,
    Event,
    Logged,
    Opened,
    PeerAnswered,
    Replied,
    Said,
    timeline,
)
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.transcript import Exchange, Reply, Transcript
from tests.unit.evidence_builder import CLIENT, SERVER, START, evidence, log_of, message, query, session

ANSWER = Answered(START, "203.0.113.9", SERVER, "RCPT", "450 4.3.2 later", 0)


def kinds(seen: Evidence) -> list[type[Event]]:
    """The kinds of the events, in order."""
    return [type(event) for event in timeline(seen)]


def test_every_piece_has_its_place() -> None:
    """Each address of the evidence is there, and the event holds what that address leads to."""
    seen = evidence(other_log=log_of("master: daemon started"), answered=(ANSWER,))
    events = timeline(seen)
    assert {event.where for event in events} == {address for address, _ in pieces(seen)}
    for event in events:
        held = [value for name, value in vars(event).items() if name not in ("at", "where")]
        assert held == [piece_at(seen, event.where)]


def test_cause_goes_before_effect_where_stamps_are_equal() -> None:
    """Said, asked, answered, taken, logged, and then the reply."""
    said = Exchange("MESSAGE", "Hello.", Reply(250, ("Ok",)), START)
    talk = Transcript(CLIENT, 40001, SERVER, 25, (said,), "quit", None, START, START)
    seen = evidence(
        sessions=(talk,), log=log_of("smtpd: x"), queries=(query("a.example", "A"),), answered=(ANSWER,),
        messages=(message(at=START),),
    )  # fmt: skip
    assert kinds(seen) == [Opened, Said, Asked, PeerAnswered, Delivered, Logged, Replied, Closed]


def test_reply_comes_after_its_seconds() -> None:
    """The stamp of a reply is when it was read, so what happened in between is before it."""
    talk = session()
    slow = tuple(replace(e, reply=replace(e.reply, seconds=0.005) if e.reply else None) for e in talk.exchanges)
    events = timeline(evidence(sessions=(replace(talk, exchanges=slow),), queries=(), messages=()))
    ehlo = next(n for n, event in enumerate(events) if isinstance(event, Said))
    assert [type(event) for event in events[ehlo : ehlo + 3]] == [Said, Logged, Replied]
    assert events[ehlo + 2].at == events[ehlo].at + 0.005


def test_what_one_observer_saw_keeps_its_order() -> None:
    """Two lines, and two exchanges, of one moment stay as they were: the reply is heard before more is said."""
    lines = tuple(replace(line, at=START) for line in evidence().log)
    said = tuple(replace(exchange, at=START) for exchange in session().exchanges)
    seen = evidence(log=lines, sessions=(replace(session(), exchanges=said),), queries=(), messages=())
    events = timeline(seen)
    assert [event.where.number for event in events if isinstance(event, Logged)] == list(range(len(lines)))
    talk = [type(event) for event in events if isinstance(event, Said | Replied)]
    assert talk == [Replied, *([Said, Replied] * 6)]


def test_reply_is_heard_before_more_is_said() -> None:
    """The seconds of a reply may be a little too many; a client that goes on has heard it."""
    said = tuple(Exchange("OTHER", f"NOOP {n}", Reply(250, ("Ok",), seconds=0.2), START + n / 10) for n in (1, 2))
    seen = Transcript(CLIENT, 40001, SERVER, 25, said, "quit", None, START, START + 1)
    assert kinds(evidence(sessions=(seen,), log=(), queries=(), messages=())) == [Opened, Said, Replied, Said, Replied, Closed]


def test_pipelined_commands_are_said_before_their_replies() -> None:
    """What is said in one go comes before the replies, which follow one after the other."""
    said = tuple(Exchange("OTHER", f"NOOP {n}", Reply(250, ("Ok",), seconds=n / 10), START) for n in (1, 2))
    seen = Transcript(CLIENT, 40001, SERVER, 25, said, "quit", None, START, START + 1)
    assert kinds(evidence(sessions=(seen,), log=(), queries=(), messages=())) == [Opened, Said, Said, Replied, Replied, Closed]


def test_what_never_came_about_is_short() -> None:
    """A closed port has no exchange; nothing at all gives nothing."""
    refused = Transcript(CLIENT, 40001, SERVER, 25, (), "refused", "connection refused", START, START)
    assert kinds(evidence(sessions=(refused,), log=(), queries=(), messages=())) == [Opened, Closed]
    assert timeline(evidence(sessions=(), log=(), queries=(), messages=())) == ()


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), min_size=7, max_size=7))
def test_stamps_never_go_back(stamps: list[float]) -> None:
    """Whatever order the lines came in, the sequence is sorted, whole, and the same each time."""
    log = tuple(replace(line, at=START + at) for line, at in zip(evidence().log, stamps, strict=True))
    seen = evidence(log=log)
    events = timeline(seen)
    assert all(one.at <= other.at for one, other in pairwise(events))
    lines = [event.where for event in events if isinstance(event, Logged)]
    assert sorted(lines, key=lambda where: where.number) == [Address("log", n) for n in range(len(log))]
    assert lines == sorted(lines, key=lambda where: (log[where.number].at, where.number))
    assert timeline(seen) == events

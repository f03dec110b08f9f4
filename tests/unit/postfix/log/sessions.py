"""Connections as the client knows them, and sessions as the log has them, for tests of which belongs to which."""

from __future__ import annotations

from postfix_lab.postfix.log import SessionLog
from postfix_lab.smtp.transcript import Ending, Exchange, Transcript
from tests.unit.evidence_builder import reply
from tests.unit.postfix.log.log_script import HOST, book_of

ADDRESS = "203.0.113.9"


def spoken(at: float, *said: tuple[str, ...], ended: Ending = "quit", port: int = 1000) -> Transcript:
    """A connection that began at that time, with stage, reply and words of an exchange every tenth of a second."""
    exchanges = tuple(
        Exchange(stage, words[0] if words else "", reply(told), at + n / 10)  # type: ignore[arg-type]  # a stage's name
        for n, (stage, told, *words) in enumerate(said)
    )
    return Transcript(ADDRESS, port, HOST, 25, exchanges, ended, None, at, at + len(said) / 10)


def logged(script: str) -> list[SessionLog]:
    """The sessions of a log, each line of which is `@time program[pid]: text`."""
    return book_of(script).sessions

"""What a remote MTA answers at one stage in place of its usual reply, to whom, and how often. Pure.

An answer is a reply or an `Oddity`. The first answer that matches wins. Every answer that matches counts the event, so
that "the first attempt fails, the second works" depends on the order alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, get_args

from postfix_lab.counted_rules import CountedRules
from postfix_lab.errors import InputError
from postfix_lab.text import did_you_mean

MtaStage = Literal["CONNECT", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE", "QUIT"]
"""`HELO` includes EHLO; `DATA` is the command, `MESSAGE` the dot after the message."""
_STAGES: tuple[str, ...] = get_args(MtaStage)
_WITH_SENDER = ("MAIL", "RCPT", "DATA", "MESSAGE")
_WITH_RECIPIENT = ("RCPT", "DATA", "MESSAGE")
_REPLY = re.compile(r"[2-5][0-9][0-9]( [^\r\n]*)?\Z|(([2-5][0-9][0-9])-[^\r\n]*\r?\n)+\3( [^\r\n]*)?\Z")


class Oddity(StrEnum):
    """What a remote MTA does instead of replying."""

    HANG = "HANG"
    """It sends nothing; the connection stays open."""
    DROP = "DROP"
    """It closes the connection."""
    RESET = "RESET"
    """It resets the connection (TCP RST)."""
    GARBAGE = "GARBAGE"
    """It sends a line of octets that is no reply."""
    CUT = "CUT"
    """It sends half a reply and closes the connection."""
    BAD_HANDSHAKE = "BAD_HANDSHAKE"
    """At STARTTLS: 220, then octets that are not TLS."""
    SILENT_HANDSHAKE = "SILENT_HANDSHAKE"
    """At STARTTLS: 220, then nothing."""


@dataclass(frozen=True)
class Answer:
    """What a remote MTA answers at one stage of a session (RFC 5321) in place of its usual reply.

    `says` is a whole reply, `450 4.3.2 Try again later`, or an `Oddity`. `to`, `sender` and `client` limit it to a
    recipient, a sender and a client; `sender=""` is the empty sender of bounces and of most callouts. Raises
    `InputError` for an unknown stage, a text that is no reply, or a condition that is impossible at that stage.

    >>> print(Answer("RCPT", "450 4.2.1 Busy", to="bob@far.example", nth=1))
    RCPT: 450 4.2.1 Busy, to bob@far.example, time 1
    """

    stage: str
    says: str
    to: str | None = None
    """Only for this recipient; at `DATA` and `MESSAGE`, if it is one of the accepted recipients."""
    sender: str | None = None
    nth: int = 0
    """Only the n-th time that the other conditions match, at any of the host's addresses, counted from 1 in each run;
    0: every time."""
    client: str | None = None
    """Only for this client, by its address."""

    def __post_init__(self) -> None:
        """Raise InputError for an answer that cannot be given."""
        for problem in (self._stage_problem(), reply_problem(self.says), self._condition_problem()):
            if problem:
                raise InputError(f"the answer {self.says!r} at {self.stage} {problem}")

    def matches(self, met: AnswerContext) -> bool:
        """Whether the answer applies there, `nth` left out; addresses compare without case."""
        if self.stage != met.stage or self.client not in (None, met.client):
            return False
        if self.sender is not None and self.sender.lower() != met.sender.lower():
            return False
        return self.to is None or self.to.lower() in {recipient.lower() for recipient in met.recipients}

    def __str__(self) -> str:
        conditions = {"to": self.to, "from": self.sender if self.sender != "" else "<>"}
        conditions |= {"client": self.client, "time": str(self.nth) if self.nth else None}
        said = "".join(f", {word} {value}" for word, value in conditions.items() if value)
        return f"{self.stage}: {self.says}{said}"

    def _stage_problem(self) -> str | None:
        if self.stage not in _STAGES:
            return f"is for no stage of an MTA; {did_you_mean(self.stage, _STAGES)}"
        if self.says in (Oddity.BAD_HANDSHAKE, Oddity.SILENT_HANDSHAKE) and self.stage != "STARTTLS":
            return "is for STARTTLS alone: there is no handshake at any other stage"
        return None

    def _condition_problem(self) -> str | None:
        if self.to is not None and self.stage not in _WITH_RECIPIENT:
            return f"names a recipient, and none is known before RCPT; leave out to={self.to!r}"
        if self.sender is not None and self.stage not in _WITH_SENDER:
            return f"names a sender, and none is known before MAIL; leave out sender={self.sender!r}"
        if self.nth < 0:
            return f"is for time {self.nth}; the first is 1, and 0 means each"
        return None


def reply_problem(text: str) -> str | None:
    """Why the text is neither a reply nor an `Oddity`; None if it is one."""
    if text in set(Oddity) or _REPLY.match(text):
        return None
    return f"is no SMTP reply like '550 5.1.1 No such user'; {did_you_mean(text, Oddity)}"


@dataclass(frozen=True)
class AnswerContext:
    """The point of a session at which an MTA answers: what an `Answer` is matched against."""

    stage: str
    sender: str = ""
    recipients: tuple[str, ...] = ()
    client: str = ""


Answers = CountedRules[Answer, AnswerContext]
"""A host's answers in order, with the number of times that each has matched in this run."""


@dataclass(frozen=True)
class Answered:
    """The record that an MTA gave one of its answers."""

    at: float
    server: str
    """The MTA's address."""
    client: str
    stage: str
    says: str
    number: int
    """The answer's index among those of its host."""

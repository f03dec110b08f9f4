"""What crosses the control stream: orders to the agent, and what it saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from postfix_lab.dns.query import Query
from postfix_lab.postfix.log.daemon_death import misses_daemon
from postfix_lab.postfix.log.grammar import LogLine, parse
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import Behaviour, Received
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.smtp.transcript import Transcript

AGENT_SOCKET = "/run/postfix-lab.sock"
"""Where the agent takes requests besides its standard input, in the container's own files."""
_CUT_SHORT = ("refused", "closed", "timeout")
"""How sessions end with a mail host that is no more."""


@dataclass(frozen=True)
class PeerOrder:
    """An MTA that shall listen at an address."""

    address: str
    hostname: str
    behaviour: Behaviour
    key_and_chain: str = ""
    """PEM text of what it shows after STARTTLS, where its behaviour has a certificate."""


@dataclass(frozen=True)
class SessionOrder:
    """A dialogue from one address to a port of another."""

    source: str
    server: str
    dialogue: Dialogue
    port: int = 25
    logged: bool = True
    """Whether the log will name it by its address and port: not where a wire in the mail host hands it on."""


@dataclass(frozen=True)
class Sighting:
    """All that the Internet saw of a run; `logs` has the lines of each session, in order."""

    transcripts: tuple[Transcript, ...]
    logs: tuple[tuple[LogLine, ...], ...]
    other_log: tuple[LogLine, ...]
    queries: tuple[Query, ...]
    messages: tuple[Received, ...]
    trouble: tuple[str, ...]
    answered: tuple[Answered, ...] = ()
    """Which of their answers the MTAs gave."""

    @property
    def doubtful(self) -> bool:
        """Whether it looks as if a mail host were no more: a session was cut short, or a daemon missed another one."""
        cut_short = any(transcript.ended in _CUT_SHORT for transcript in self.transcripts)
        return cut_short or any(map(misses_daemon, (*self.logs, self.other_log)))


@dataclass(frozen=True)
class Part:
    """What was seen since the part before it, in the order of its coming; told while a run still goes on."""

    transcripts: tuple[Transcript, ...] = ()
    lines: tuple[SyslogLine, ...] = ()
    queries: tuple[Query, ...] = ()
    messages: tuple[Received, ...] = ()


class Told(NamedTuple):
    """A part, and its log lines with all that they say; they are read while a run goes on, so that little is left."""

    part: Part
    lines: tuple[LogLine, ...]

    @classmethod
    def of(cls, part: Part) -> Told:
        """Read it."""
        return cls(part, tuple(map(parse, part.lines)))


@dataclass(frozen=True)
class Rest:
    """The end of a run: its last part, and what belongs together, by the numbers of what all parts told."""

    part: Part
    sessions: tuple[int, ...]
    """Of the transcripts, in the order in which they were asked for."""
    logs: tuple[tuple[int, ...], ...]
    """Of the lines of each of these sessions."""
    trouble: tuple[str, ...]
    answered: tuple[Answered, ...] = ()

    def sighting(self, before: Sequence[Told]) -> Sighting:
        """All of it, with the parts that were told before."""
        told = (*before, Told.of(self.part))
        parts = [one.part for one in told]
        transcripts = [transcript for part in parts for transcript in part.transcripts]
        lines = [line for one in told for line in one.lines]
        tied = {number for log in self.logs for number in log}
        return Sighting(
            tuple(transcripts[number] for number in self.sessions),
            tuple(tuple(lines[number] for number in log) for log in self.logs),
            tuple(line for number, line in enumerate(lines) if number not in tied),
            tuple(query for part in parts for query in part.queries),
            tuple(message for part in parts for message in part.messages),
            self.trouble,
            self.answered,
        )


@dataclass(frozen=True)
class News:
    """Something that was seen just now, numbered in the order of its coming: a log line, a question, or a remark."""

    number: int
    line: SyslogLine | None = None
    query: Query | None = None
    note: str = ""

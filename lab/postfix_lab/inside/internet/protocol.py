"""The values that the agent is given and that it returns: orders, and what was seen."""

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
class RunRequest:
    """The sessions of a run, and how they are held."""

    orders: tuple[SessionOrder, ...]
    sessions: tuple[int, ...]
    """Each is the number of its order: many have the same one."""
    within: float
    """Seconds that the log has to report the end of each."""
    in_turn: bool = False
    at_once: int = 0
    """How many go on at the same time; 0: all."""
    hurry: float = 0.0
    """Seconds that are left once the log reports a dead daemon; not 0: what was seen before is kept."""


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
class Batch:
    """What was seen since the batch before it, in the order of its coming; it is sent while a run goes on."""

    transcripts: tuple[Transcript, ...] = ()
    lines: tuple[SyslogLine, ...] = ()
    queries: tuple[Query, ...] = ()
    messages: tuple[Received, ...] = ()


class ParsedBatch(NamedTuple):
    """A batch with its log lines parsed, which is done while a run goes on."""

    batch: Batch
    lines: tuple[LogLine, ...]

    @classmethod
    def of(cls, batch: Batch) -> ParsedBatch:
        """Parse its lines."""
        return cls(batch, tuple(map(parse, batch.lines)))


@dataclass(frozen=True)
class Rest:
    """The end of a run: its last batch, and what belongs together, by numbers that count through all batches."""

    batch: Batch
    sessions: tuple[int, ...]
    """Of the transcripts, in the order in which they were asked for."""
    logs: tuple[tuple[int, ...], ...]
    """Of the lines of each of these sessions."""
    trouble: tuple[str, ...]
    answered: tuple[Answered, ...] = ()

    def sighting(self, before: Sequence[ParsedBatch]) -> Sighting:
        """All of it, with the batches that were sent before."""
        parsed = (*before, ParsedBatch.of(self.batch))
        batches = [one.batch for one in parsed]
        transcripts = [transcript for batch in batches for transcript in batch.transcripts]
        lines = [line for one in parsed for line in one.lines]
        tied = {number for log in self.logs for number in log}
        return Sighting(
            tuple(transcripts[number] for number in self.sessions),
            tuple(tuple(lines[number] for number in log) for log in self.logs),
            tuple(line for number, line in enumerate(lines) if number not in tied),
            tuple(query for batch in batches for query in batch.queries),
            tuple(message for batch in batches for message in batch.messages),
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

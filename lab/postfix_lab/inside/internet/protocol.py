"""The values that the agent takes and returns: orders, and what was seen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from postfix_lab.dns.fault import Fault
from postfix_lab.dns.query import Query
from postfix_lab.dns.zone import ZoneText
from postfix_lab.postfix.log.daemon_death import may_miss_daemon
from postfix_lab.postfix.log.grammar import LogLine, parse
from postfix_lab.postfix.log.syslog import SyslogLine
from postfix_lab.smtp.answer import Answered
from postfix_lab.smtp.behaviour import Behaviour, Received
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.smtp.sendmail import Submitted
from postfix_lab.smtp.transcript import Transcript

AGENT_SOCKET = "/run/postfix-lab.sock"
"""The UNIX socket in the container where the agent takes requests besides its standard input."""
_CUT_SHORT = ("refused", "closed", "timeout")
"""How sessions with a dead mail host end."""


@dataclass(frozen=True)
class DnsView:
    """The DNS as certain clients see it (a `view` of BIND); only the resolver addresses that it names answer."""

    zones: tuple[ZoneText, ...] = ()
    faults: tuple[Fault, ...] = ()
    resolvers: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    """Addresses of the clients that see it; empty: every client that has no view of its own."""


@dataclass(frozen=True)
class PeerOrder:
    """An MTA that is to listen at an address."""

    address: str
    hostname: str
    behaviour: Behaviour
    key_and_chain: str = ""
    """PEM text of its key and certificate chain, if its behaviour has a certificate."""
    port: int = 25


@dataclass(frozen=True)
class SessionOrder:
    """A dialogue to be held from one address with a port of another."""

    source: str
    server: str
    dialogue: Dialogue
    port: int = 25
    logged: bool = True
    """Whether the log names its address: not where a stub in the mail host relays the connection."""
    relay_port: int = 0
    """The port of the mail host's relay into its loopback, for a client on the mail host itself; 0: none."""


@dataclass(frozen=True)
class RunRequest:
    """The sessions of a run, and how they are held."""

    orders: tuple[SessionOrder, ...]
    sessions: tuple[tuple[int, ...], ...]
    """For each mail host its sessions, each as the index of its order: many may share one."""
    within: float
    """Seconds to wait for each reply, and for the log to report the end of each session."""
    in_turn: bool = False
    """Whether each mail host has its sessions one after the other; those of several mail hosts run side by side."""
    at_once: int = 0
    """How many each mail host has at the same time; 0: all."""
    hurry: float = 0.0
    """The timeout in seconds once the log reports a dead daemon; if not 0, earlier records are kept."""


@dataclass(frozen=True)
class Sighting:
    """All that was seen of a run; `logs` has the lines of each session, in order."""

    transcripts: tuple[Transcript, ...]
    logs: tuple[tuple[LogLine, ...], ...]
    other_log: tuple[LogLine, ...]
    queries: tuple[Query, ...]
    messages: tuple[Received, ...]
    trouble: tuple[str, ...]
    answered: tuple[Answered, ...] = ()
    """Which of their declared answers the MTAs gave."""
    submitted: tuple[Submitted, ...] = ()
    """What became of the calls of sendmail(1)."""

    @property
    def doubtful(self) -> bool:
        """Whether a mail host may be dead: a session was cut short, or a daemon misses another one."""
        cut_short = any(transcript.ended in _CUT_SHORT for transcript in self.transcripts)
        return cut_short or any(map(may_miss_daemon, (*self.logs, self.other_log)))

    def of_mail_host(self, addresses: Collection[str]) -> Sighting:
        """Return the part about one of several mail hosts, whose addresses these are; what is missing is of all."""
        mine = [number for number, transcript in enumerate(self.transcripts) if transcript.server in addresses]
        return Sighting(
            tuple(self.transcripts[number] for number in mine),
            tuple(self.logs[number] for number in mine),
            tuple(line for line in self.other_log if line.peer in addresses),
            tuple(query for query in self.queries if query.client in addresses),
            tuple(message for message in self.messages if message.client in addresses),
            self.trouble,
            tuple(answered for answered in self.answered if answered.client in addresses),
        )


@dataclass(frozen=True)
class Batch:
    """What was seen since the previous batch, in the order of arrival; sent during a run."""

    transcripts: tuple[Transcript, ...] = ()
    lines: tuple[SyslogLine, ...] = ()
    queries: tuple[Query, ...] = ()
    messages: tuple[Received, ...] = ()


class ParsedBatch(NamedTuple):
    """A batch with its log lines parsed; this is done during a run."""

    batch: Batch
    lines: tuple[LogLine, ...]

    @classmethod
    def of(cls, batch: Batch) -> ParsedBatch:
        """Parse the lines of a batch."""
        return cls(batch, tuple(map(parse, batch.lines)))


@dataclass(frozen=True)
class RunEnd:
    """The result of a run: its last batch, and indexes into the records of all its batches."""

    batch: Batch
    sessions: tuple[int, ...]
    """Indexes of the transcripts, in the order in which the sessions were ordered."""
    logs: tuple[tuple[int, ...], ...]
    """Indexes of the log lines of each of these sessions."""
    trouble: tuple[str, ...]
    answered: tuple[Answered, ...] = ()

    def sighting(self, before: Sequence[ParsedBatch]) -> Sighting:
        """Return all that was seen, together with the earlier batches."""
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
    """A log line, a DNS question or a remark, numbered in the order of arrival."""

    number: int
    line: SyslogLine | None = None
    query: Query | None = None
    note: str = ""

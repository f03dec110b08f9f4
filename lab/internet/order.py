"""What crosses the control stream: orders to the agent, and what it saw."""

from __future__ import annotations

from dataclasses import dataclass

from lab.internet.dns.query import Query
from lab.internet.smtp.behaviour import Behaviour, Received
from lab.internet.smtp.dialogue import Dialogue
from lab.internet.smtp.transcript import Transcript
from lab.internet.syslog import SyslogLine

AGENT_SOCKET = "/run/postfix-lab.sock"
"""Where the agent takes requests besides its standard input, in the container's own files."""


@dataclass(frozen=True)
class PeerOrder:
    """An MTA that shall listen at an address."""

    address: str
    hostname: str
    behaviour: Behaviour


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
    logs: tuple[tuple[SyslogLine, ...], ...]
    other_log: tuple[SyslogLine, ...]
    queries: tuple[Query, ...]
    messages: tuple[Received, ...]
    trouble: tuple[str, ...]


@dataclass(frozen=True)
class News:
    """Something that was seen just now, numbered in the order of its coming: a log line, a question, or a remark."""

    number: int
    line: SyslogLine | None = None
    query: Query | None = None
    note: str = ""

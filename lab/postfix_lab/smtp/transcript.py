"""What was said on one SMTP connection: replies are values, whatever their code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from postfix_lab.smtp.dialogue import Stage

Ending = Literal["quit", "dropped", "closed", "timeout", "refused", "error"]
"""`quit`: QUIT was said and answered; `dropped`: by our side on purpose; `closed`: by the server;
`timeout`: a reply did not come in time; `refused`: no connection; `error`: TLS or a malformed reply."""


@dataclass(frozen=True)
class Reply:
    """An SMTP reply (RFC 5321 section 4.2, enhanced code RFC 3463).

    `lines` are the text lines without the code, and without the enhanced code.
    """

    code: int
    lines: tuple[str, ...]
    enhanced: str | None = None
    seconds: float = 0.0
    """From the last octet sent to the end of the reply."""

    @property
    def text(self) -> str:
        """All text lines in one, joined by a blank."""
        return " ".join(self.lines)

    @property
    def positive(self) -> bool:
        """2xx or 3xx."""
        return 200 <= self.code < 400  # noqa: PLR2004

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced or "", self.text) if part)


@dataclass(frozen=True)
class Exchange:
    """One thing said and its reply; no reply when the line broke, or when it was no command to the server.

    `said` is a command without its CRLF, or octets as they were sent, one character each; for the banner it is empty
    unless the client talked early.
    """

    stage: Stage
    said: str
    reply: Reply | None
    at: float
    """When it was said, seconds since the epoch, on the Internet's clock."""


@dataclass(frozen=True)
class Transcript:
    """One connection from its first octet to its last."""

    client: str
    port: int
    """The client's source port: with the address it names the session."""
    server: str
    server_port: int
    exchanges: tuple[Exchange, ...]
    ended: Ending
    error: str | None = None
    """Why, for `refused`, `timeout` and `error`."""
    started: float = 0.0
    finished: float = 0.0

    def replies(self, stage: Stage) -> tuple[Reply, ...]:
        """The replies to that stage, in order."""
        return tuple(e.reply for e in self.exchanges if e.stage == stage and e.reply is not None)

    @property
    def queue_ids(self) -> tuple[str, ...]:
        """The queue ids that the mail host gave for what it accepted: `250 2.0.0 Ok: queued as QID`."""
        texts = (reply.text for reply in self.replies("MESSAGE") if reply.positive)
        return tuple(text.rpartition("queued as ")[2].split()[0] for text in texts if "queued as " in text)

    @property
    def decisive(self) -> Exchange | None:
        """The exchange that decided the mail's fate: the first refused one, else the last before QUIT."""
        told = [e for e in self.exchanges if e.reply is not None and e.stage != "QUIT"]
        refused = [e for e in told if e.reply is not None and not e.reply.positive]
        return refused[0] if refused else told[-1] if told else None

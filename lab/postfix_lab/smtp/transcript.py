"""The record of one SMTP connection; a reply is a value, whatever its code."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from postfix_lab.smtp.dialogue import Stage
from postfix_lab.smtp.proxy_protocol import announced_client

Ending = Literal["quit", "dropped", "closed", "timeout", "refused", "error"]
"""`quit`: QUIT was sent and answered; `dropped`: the client closed on purpose; `closed`: the server closed;
`timeout`: a reply did not come in time; `refused`: no connection; `error`: TLS or a malformed reply."""
_HANG_UP = (421, 521)
_QUEUED = re.compile(r"\bqueued as ([0-9A-Za-z]+)")
_RECIPIENT = re.compile(r"RCPT TO:\s*(?:<(?:@[^:>]*:)?((?:\"(?:[^\"\\]|\\.)*\"|[^>\"])*)>?|(\S+))", re.IGNORECASE)


def queue_id_in(text: str) -> str:
    """The queue id in a reply of Postfix, `2.0.0 Ok: queued as QID`; empty if the text names none."""
    found = _QUEUED.search(text)
    return found[1] if found else ""


def recipient_in(command: str) -> str:
    """The address that a RCPT command names, without a source route; empty if it names none."""
    found = _RECIPIENT.match(command.lstrip())
    return (found[1] or found[2] or "") if found else ""


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

    @property
    def hangs_up(self) -> bool:
        """Whether the server closes the connection after it (421: RFC 5321 section 3.8; 521: so does Postfix)."""
        return self.code in _HANG_UP

    @property
    def queue_id(self) -> str:
        """The queue id that it gives an accepted message; empty in any other reply."""
        return queue_id_in(self.text) if self.positive else ""

    def __str__(self) -> str:
        return " ".join(part for part in (str(self.code), self.enhanced or "", self.text) if part)


@dataclass(frozen=True)
class Exchange:
    """Something sent and its reply; `reply` is None if the connection ended, or if the server took it as no command.

    `said` is a command without its CRLF, or octets as sent, one character each; for the banner it is empty unless the
    client sent something before it.
    """

    stage: Stage
    said: str
    reply: Reply | None
    at: float
    """When it was sent, seconds since the epoch, on the Internet's clock."""

    @property
    def refused(self) -> bool:
        """Whether the reply is a 4xx or 5xx."""
        return self.reply is not None and not self.reply.positive

    @property
    def recipient(self) -> str:
        """The address of a RCPT command, as the client wrote it; empty for anything else."""
        return recipient_in(self.said) if self.stage == "RCPT" else ""


@dataclass(frozen=True)
class Transcript:
    """One connection from its first octet to its last."""

    client: str
    port: int
    """The client's source port; address and port identify the session."""
    server: str
    server_port: int
    exchanges: tuple[Exchange, ...]
    ended: Ending
    error: str | None = None
    """The reason, for `refused`, `timeout` and `error`."""
    started: float = 0.0
    finished: float = 0.0

    def replies(self, stage: Stage) -> tuple[Reply, ...]:
        """The replies to that stage, in order."""
        return tuple(e.reply for e in self.exchanges if e.stage == stage and e.reply is not None)

    @property
    def announced(self) -> tuple[str, int] | None:
        """Address and port of the client that it announced as a proxy; the mail host logs that one if it reads such."""
        first = self.exchanges[0] if self.exchanges else None
        return announced_client(first.said) if first and first.stage == "CONNECT" else None

    @property
    def queue_ids(self) -> tuple[str, ...]:
        """The queue ids that the mail host gave for what it accepted: `250 2.0.0 Ok: queued as QID`."""
        return tuple(filter(None, (reply.queue_id for reply in self.replies("MESSAGE"))))

    @property
    def first_refusal(self) -> Exchange | None:
        """The first refused exchange other than QUIT; it does not always decide what becomes of the mail."""
        return next((exchange for exchange in self.exchanges if exchange.refused and exchange.stage != "QUIT"), None)

"""The events in a log: one class for each kind of line that the lab uses.

The texts are those of the Postfix sources (smtpd.c, smtpd_check.c, smtpd_peer.c, qmgr_active.c,
log_adhoc.c, bounce_notify_service.c, postsuper.c, postscreen*.c) and of policyd-spf 2.9 to 3.1. Any other line is
`Trouble` if it has a level, else `Other`: no line is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from postfix_lab.postfix.log.master_events import MasterStarted, Reloaded, Stopped

Level = Literal["warning", "error", "fatal", "panic"]


@dataclass(frozen=True)
class Client:
    """A remote host as Postfix logs it; `port` is set with `smtpd_client_port_logging = yes`."""

    name: str
    """`unknown` when there is no verified name; empty in postscreen's lines, which have no names."""
    address: str
    port: int | None = None

    def __str__(self) -> str:
        return f"{self.name}[{self.address}]" + ("" if self.port is None else f":{self.port}")


@dataclass(frozen=True)
class Tally:
    """One entry of smtpd's `disconnect from` summary: `rcpt=1/2` is one accepted of two tried."""

    verb: str
    accepted: int
    tried: int


@dataclass(frozen=True)
class Connect:
    """An SMTP session begins."""

    client: Client


@dataclass(frozen=True)
class Disconnect:
    """An SMTP session ends; the last tally is smtpd's own total, `commands`."""

    client: Client
    commands: tuple[Tally, ...] = ()


@dataclass(frozen=True)
class LostConnection:
    """The session ended early: `kind` is `lost connection`, `timeout`, `too many errors` and the like."""

    client: Client
    kind: str
    stage: str
    octets: int | None = None
    """How much of the message was received, if it ended within DATA."""


@dataclass(frozen=True)
class Accepted:
    """smtpd opened a queue file: the first recipient was accepted, not yet the message."""

    client: Client
    sasl_method: str | None = None
    sasl_username: str | None = None
    sasl_sender: str | None = None
    orig_queue_id: str | None = None
    """The id before a content filter sent the message back (XFORWARD)."""
    orig_client: str | None = None


@dataclass(frozen=True)
class Reject:
    """An action of smtpd, cleanup or a milter on a mail: reject, hold, warn and others.

    The reply `550 5.7.23 <bob@lab.test>: Recipient address rejected: not wanted` has code, enhanced
    code, `about` (in the angle brackets), `subject` and `reason`; `text` is everything after the codes. `about` of a
    content check is the header or line that it matched.
    """

    action: str
    """`reject`, `reject_warning` (warn_if_reject), `warn`, `hold`, `discard`, `filter`, `milter-reject`..."""
    stage: str
    """`CONNECT`, `RCPT`, `END-OF-MESSAGE`...; `header` or `body` for cleanup's content checks."""
    text: str
    client: Client | None = None
    code: int | None = None
    enhanced: str | None = None
    about: str | None = None
    subject: str = ""
    reason: str = ""
    sender: str | None = None
    recipient: str | None = None
    proto: str | None = None
    helo: str | None = None
    sasl_username: str | None = None


@dataclass(frozen=True)
class MessageId:
    """cleanup logged the message's Message-ID."""

    message_id: str


@dataclass(frozen=True)
class Queued:
    """qmgr took the message into the active queue; it does so again at every retry."""

    sender: str
    size: int
    nrcpt: int


@dataclass(frozen=True)
class Delivery:
    """One recipient's outcome in one attempt; `delays` are before qmgr, in qmgr, connecting, sending."""

    recipient: str
    status: str
    """`sent`, `deferred`, `bounced`, `SOFTBOUNCE`, `undeliverable`..."""
    reason: str
    relay: str
    """Host name, or `none`, `local`, `virtual` if there is no host."""
    orig_to: str | None = None
    relay_address: str | None = None
    relay_port: int | None = None
    dsn: str | None = None
    delay: float | None = None
    delays: tuple[float, ...] = ()

    @property
    def forward_queue_id(self) -> str | None:
        """The new queue id when local(8) sent the message on (alias or .forward)."""
        head, found, queue_id = self.reason.partition("forwarded as ")
        return queue_id if found and not head else None


@dataclass(frozen=True)
class Removed:
    """The queue file was removed: nothing more happens to this message."""

    how: str = ""
    """`canceled` (never completed) or `discarded` if cleanup removed it (seen in 3.10); empty if qmgr did."""


@dataclass(frozen=True)
class Bounced:
    """bounce(8) created a notification, which is a message with its own queue id."""

    kind: str
    """`sender non-delivery`, `sender delay`, `sender delivery status`, `postmaster non-delivery`..."""
    notification: str


@dataclass(frozen=True)
class NoticeFailed:
    """qmgr could not have a notification made: bounce(8) or a milter refused; the message stays for another attempt."""


@dataclass(frozen=True)
class NoticeDiscarded:
    """bounce(8) discarded a notification that could not be delivered to the postmaster."""


@dataclass(frozen=True)
class HoldChanged:
    """postsuper(1) put a message on hold, or released it."""

    on_hold: bool


@dataclass(frozen=True)
class ReturnedExpired:
    """The message was older than maximal_queue_lifetime and was returned."""

    sender: str
    status: str
    detail: str


@dataclass(frozen=True)
class PickedUp:
    """pickup(8) took a message from the maildrop; `orig_id` is set when postsuper requeued it."""

    uid: int
    sender: str
    orig_id: str | None = None


@dataclass(frozen=True)
class HostnameMismatch:
    """The PTR's name does not resolve to the address; `tail` is getaddrinfo's error, empty for another address."""

    hostname: str
    address: str
    tail: str = ""


@dataclass(frozen=True)
class NumericHostname:
    """The PTR's name is an address in text form, which Postfix does not accept as a name (myaddrinfo.c)."""

    hostname: str


@dataclass(frozen=True)
class SaslFailure:
    """AUTH was refused."""

    client: Client
    mechanism: str
    reason: str
    username: str | None = None


@dataclass(frozen=True)
class Trouble:
    """Any other line with a level, from its text or its syslog severity."""

    level: Level
    message: str


@dataclass(frozen=True)
class TlsEstablished:
    """A handshake succeeded; `trust` is `Anonymous`, `Untrusted`, `Trusted` or `Verified`."""

    client: Client
    trust: str
    outbound: bool
    """Whether Postfix was the client (`established to`)."""
    protocol: str
    cipher: str


@dataclass(frozen=True)
class TlsFailed:
    """A handshake failed; the `TLS library problem` warning that follows has the details."""

    client: Client
    reason: str


@dataclass(frozen=True)
class PolicySpf:
    """policyd-spf answered smtpd; it logs the values from smtpd in lower case, and an empty sender as empty."""

    action: Literal["prepend", "skip", "reject", "defer", "withheld", "result_only"]
    """`skip`: an X-Comment instead of a check; `withheld`: `Header_Type = None`, nothing prepended."""
    header: str
    """The prepended header, or the reply's text after its codes."""
    result: str | None = None
    """`Pass`, `Fail`, `Softfail`, `Neutral`, `None`, `Permerror`, `Temperror`; None for a skip."""
    identity: str | None = None
    """`mailfrom` or `helo`."""
    client_ip: str | None = None
    helo: str | None = None
    envelope_from: str | None = None
    receiver: str | None = None
    code: str | None = None
    """`550` or `defer_if_permit`."""
    enhanced: str | None = None


@dataclass(frozen=True)
class Postscreen:
    """A line of postscreen: `CONNECT`, `PASS NEW`, `PASS OLD`, `DISCONNECT`, `PREGREET`, `HANGUP`...

    Its refusals are `Reject`, with a client without a name.
    """

    action: str
    client: Client
    detail: str = ""
    """The rest of the line: the server's address of a CONNECT, `rank 3` of a DNSBL line."""


@dataclass(frozen=True)
class Other:
    """A line that the lab does not use."""


Event = (
    Connect | Disconnect | LostConnection | Accepted | Reject | MessageId | Queued | Delivery | Removed | Bounced
    | NoticeFailed | NoticeDiscarded | HoldChanged | ReturnedExpired | PickedUp | HostnameMismatch | NumericHostname
    | SaslFailure | Trouble | TlsEstablished | TlsFailed | PolicySpf | MasterStarted | Reloaded | Stopped | Postscreen
    | Other
)  # fmt: skip

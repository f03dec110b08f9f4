"""What a log line says, as data: one small noun for each kind of line that the lab judges by.

The texts are those of the Postfix sources (smtpd.c, smtpd_check.c, smtpd_peer.c, qmgr_active.c,
log_adhoc.c, bounce_notify_service.c, postsuper.c, postscreen*.c) and of policyd-spf 2.9 to 3.1. Whatever is
none of them is `Trouble` when it has a level, else `Other`: a line is never lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from postfix_lab.postfix.log.master_events import MasterStarted, Reloaded, Stopped

Level = Literal["warning", "error", "fatal", "panic"]


@dataclass(frozen=True)
class Client:
    """A remote end as Postfix names it; `port` is there with `smtpd_client_port_logging = yes`."""

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
    """An SMTP session is over; `commands` ends with smtpd's own sum, `commands`."""

    client: Client
    commands: tuple[Tally, ...] = ()


@dataclass(frozen=True)
class LostConnection:
    """The session broke: `kind` is `lost connection`, `timeout`, `too many errors` and the like."""

    client: Client
    kind: str
    stage: str
    octets: int | None = None
    """How much of the message had come, when it broke within DATA."""


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
    """smtpd, cleanup or a milter did something about a mail: refused it, held it, only warned.

    The reply `550 5.7.23 <bob@lab.test>: Recipient address rejected: not wanted` has code, enhanced
    code, `about` (in the angle brackets), `subject` and `reason`; `text` is all after the codes. A content
    check is `about` the header or line that it matched.
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
    """cleanup saw the message's Message-ID."""

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
    """Host name, or what stands there without one: `none`, `local`, `virtual`."""
    orig_to: str | None = None
    relay_address: str | None = None
    relay_port: int | None = None
    dsn: str | None = None
    delay: float | None = None
    delays: tuple[float, ...] = ()

    @property
    def forwarded_as(self) -> str | None:
        """The new queue id when local(8) sent the message on (alias or .forward)."""
        head, found, queue_id = self.reason.partition("forwarded as ")
        return queue_id if found and not head else None


@dataclass(frozen=True)
class Removed:
    """The queue file is gone: nothing more happens to this message."""

    how: str = ""
    """Newer ones (seen in 3.10) say `canceled` (never completed) or `discarded`, both by cleanup; qmgr says nothing."""


@dataclass(frozen=True)
class Bounced:
    """bounce(8) made a notification, which is a message with its own queue id."""

    kind: str
    """`sender non-delivery`, `sender delay`, `sender delivery status`, `postmaster non-delivery`..."""
    notification: str


@dataclass(frozen=True)
class NoticeDiscarded:
    """bounce(8) threw a notification away that could not be delivered to the postmaster either."""


@dataclass(frozen=True)
class HoldChanged:
    """postsuper(1) put a message on hold, or released it."""

    on_hold: bool


@dataclass(frozen=True)
class ReturnedExpired:
    """The message was too old (maximal_queue_lifetime) and went back."""

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
    """The PTR's name does not lead back; `tail` is getaddrinfo's error, empty when there are other addresses."""

    hostname: str
    address: str
    tail: str = ""


@dataclass(frozen=True)
class NumericHostname:
    """The PTR's name is an address in text form, so it is no name (myaddrinfo.c)."""

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
    """Any other line that has a level, by its text or by its syslog severity."""

    level: Level
    message: str


@dataclass(frozen=True)
class TlsEstablished:
    """A handshake succeeded; `trust` is `Anonymous`, `Untrusted`, `Trusted` or `Verified`."""

    client: Client
    trust: str
    outbound: bool
    """Postfix was the client (`established to`)."""
    protocol: str
    cipher: str


@dataclass(frozen=True)
class TlsFailed:
    """A handshake failed; the reason in detail is in the `TLS library problem` warning that follows."""

    client: Client
    reason: str


@dataclass(frozen=True)
class PolicySpf:
    """policyd-spf answered smtpd; it lower-cases all that it was told, and an empty sender stays empty."""

    action: Literal["prepend", "skip", "reject", "defer", "withheld", "result_only"]
    """`skip`: an X-Comment instead of a check; `withheld`: `Header_Type = None`, nothing prepended."""
    header: str
    """The prepended header, or the reply's text after its codes."""
    result: str | None = None
    """`Pass`, `Fail`, `Softfail`, `Neutral`, `None`, `Permerror`, `Temperror`; no value for a skip."""
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
    """What postscreen found: `CONNECT`, `PASS NEW`, `PASS OLD`, `DISCONNECT`, `PREGREET`, `HANGUP`...

    Its refusals are `Reject`, with a client that has no name.
    """

    action: str
    client: Client
    detail: str = ""
    """What stands around the client: the server's address of a CONNECT, `rank 3` of a DNSBL line."""


@dataclass(frozen=True)
class Other:
    """A line that says nothing that the lab judges by."""


Event = (
    Connect | Disconnect | LostConnection | Accepted | Reject | MessageId | Queued | Delivery | Removed | Bounced
    | NoticeDiscarded | HoldChanged | ReturnedExpired | PickedUp | HostnameMismatch | NumericHostname
    | SaslFailure | Trouble | TlsEstablished | TlsFailed | PolicySpf | MasterStarted | Reloaded | Stopped | Postscreen
    | Other
)  # fmt: skip

"""What a client says: a dialogue is a sequence of steps, each one stage of RFC 5321.

Steps are data; the client of `inside/internet/smtp` sends them. A refused step ends the dialogue with QUIT, as a
well-behaved client does, with two exceptions: a refused RCPT goes on to the next one, and DATA
is left out when no recipient was accepted. `persist` says every step, whatever the replies are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Stage = Literal[
    "CONNECT", "HELO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "MESSAGE", "RSET", "QUIT", "OTHER"
]
"""`DATA` is the reply to the command, `MESSAGE` the reply to the dot after the message."""


@dataclass(frozen=True)
class Command:
    """One command line, without its CRLF, that gets one reply."""

    line: str
    stage: Stage = "OTHER"


@dataclass(frozen=True)
class Message:
    """The message after a 354, dot-stuffed and ended by the engine (RFC 5321 section 4.5.2)."""

    content: str
    """Latin-1 text: one character an octet; lines end in LF or CRLF and are sent with CRLF."""
    stage: Stage = "MESSAGE"
    verbatim: bool = False
    """Sent without changes: no CRLF conversion, no dot-stuffing, no final dot unless the content has one."""
    replies: int = 1
    """How many replies are read; 0 for a message whose end is never sent."""
    pace: float = 0.0
    """Seconds between two octets; 0 for all at once. If the server replies meanwhile, the rest is not sent."""


@dataclass(frozen=True)
class Auth:
    """Log in with AUTH (RFC 4954): PLAIN with an initial response, or LOGIN with its two prompts."""

    user: str
    password: str
    mechanism: Literal["PLAIN", "LOGIN"] = "PLAIN"
    stage: Stage = "AUTH"


@dataclass(frozen=True)
class Raw:
    """Octets sent without changes (Latin-1 text: one character an octet); then `replies` replies are read."""

    octets: str
    replies: int = 1
    stage: Stage = "OTHER"
    pace: float = 0.0
    """As in `Message`."""


Part = Command | Message | Raw
"""A step that can be part of a `Burst`."""


@dataclass(frozen=True)
class Burst:
    """Parts that are sent at once, without waiting for replies (RFC 2920 allows it for some commands, after EHLO).

    The reply to each part counts as that of the part's own stage. Only the first `sure` parts are certain to be
    answered (None: all). Replies to the others are read when QUIT is said, which has to follow: everything before the
    221 answers them, in order.
    """

    parts: tuple[Part, ...]
    sure: int | None = None
    stage: Stage = "OTHER"


@dataclass(frozen=True)
class StartTls:
    """STARTTLS (RFC 3207) and, after a 220, the handshake; certificates are not verified.

    `behind` is sent in the clear together with it. Whether the server answers that inside TLS is seen when QUIT is
    said, as in `Burst`.
    """

    stage: Stage = "STARTTLS"
    behind: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Meet:
    """Wait until every other session of the scenario has reached its own `Meet` or has ended."""

    stage: Stage = "OTHER"


@dataclass(frozen=True)
class HalfClose:
    """Close the client's half of the connection (TCP FIN); replies are read until the server closes the other half."""

    stage: Stage = "QUIT"


@dataclass(frozen=True)
class Drop:
    """Close the connection without QUIT; with `reset` by a TCP RST."""

    reset: bool = False
    stage: Stage = "QUIT"


Step = Command | Message | StartTls | Auth | Raw | Burst | Meet | HalfClose | Drop


@dataclass(frozen=True)
class Dialogue:
    """What a client says after the banner, step by step; QUIT follows unless a step ended the session.

    A refused step ends the dialogue with QUIT, but a refused RCPT is followed by the next one, and DATA is left out
    if no recipient was accepted. With `persist` every step is said, whatever the replies are.
    """

    steps: tuple[Step, ...] = ()
    persist: bool = False
    early: tuple[Part, ...] = ()
    """Sent at once when the connection is open, before the banner; the replies follow the banner."""
    tls_on_connect: bool = False
    """TLS before the banner (RFC 8314), as on port 465."""

    def until(self, stage: Stage, *, drop: bool = False) -> Dialogue:
        """The same dialogue up to its last step of that stage, then QUIT, or with `drop` a closed connection.

        `CONNECT` keeps nothing but the banner. Raises `ValueError` for a stage that does not occur.
        """
        if stage == "CONNECT":
            kept: tuple[Step, ...] = ()
        else:
            places = [index for index, step in enumerate(self.steps) if step.stage == stage]
            if not places:
                raise ValueError(f"the dialogue has no {stage} step; it has {[s.stage for s in self.steps]}")
            kept = self.steps[: places[-1] + 1]
        return replace(self, steps=(*kept, Drop()) if drop else kept)


DEFAULT_SENDER = "ann@good.example"
DEFAULT_RECIPIENT = "bob@lab.test"
DEFAULT_MESSAGE = "Subject: lab\n\nA message of the postfix lab.\n"


def mail(  # noqa: PLR0913 - one keyword for each thing that an envelope can say
    *,
    helo: str,
    sender: str = DEFAULT_SENDER,
    to: str | tuple[str, ...] = DEFAULT_RECIPIENT,
    data: str | None = None,
    ehlo: bool = True,
    tls: bool = False,
    auth: Auth | None = None,
    mail_parameters: str = "",
) -> Dialogue:
    """An ordinary delivery: EHLO, (STARTTLS, EHLO), (AUTH), MAIL, RCPT..., DATA, message, QUIT (RFC 5321).

    helo: the name in EHLO. sender: in MAIL FROM, without brackets; `""` is the null sender. to: one recipient or
    several. data: the message, Latin-1 text whose lines end in LF; if it has no From: header, From: and To: are added.
    ehlo: false sends HELO. tls: STARTTLS comes first (RFC 3207). auth: credentials (RFC 4954).
    mail_parameters: what follows the address in MAIL FROM, such as `SIZE=1000 BODY=8BITMIME`.

    >>> [step.stage for step in mail(helo="mail.good.example", tls=True).until("RCPT").steps]
    ['HELO', 'STARTTLS', 'HELO', 'MAIL', 'RCPT']
    """
    recipients = (to,) if isinstance(to, str) else to
    greet = Command(f"{'EHLO' if ehlo else 'HELO'} {helo}", "HELO")
    content = data if data is not None else DEFAULT_MESSAGE
    if "from:" not in content.lower().split("\n\n", 1)[0]:
        head = f"From: <{sender or 'MAILER-DAEMON@' + helo}>\nTo: {', '.join(f'<{r}>' for r in recipients)}\n"
        content = head + content
    return Dialogue((
        greet,
        *((StartTls(), greet) if tls else ()),
        *((auth,) if auth else ()),
        Command(f"MAIL FROM:<{sender}>{' ' + mail_parameters if mail_parameters else ''}", "MAIL"),
        *(Command(f"RCPT TO:<{recipient}>", "RCPT") for recipient in recipients),
        Command("DATA", "DATA"),
        Message(content),
    ))

"""How a remote MTA answers on its own port 25, and what it keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Behaviour:
    """What an MTA says at each stage; no text means that it accepts.

    Each field is a whole reply, `550 5.1.1 No such user`. `forward_to` is an IP address: what was
    accepted is sent on to its port 25 from the MTA's own address, as an MTA does.
    """

    banner: str | None = None
    helo: str | None = None
    mail: str | None = None
    rcpt: str | None = None
    data: str | None = None
    forward_to: str | None = None


ACCEPT = Behaviour()
REFUSE = Behaviour(rcpt="550 5.1.1 No such user")
TEMPFAIL = Behaviour(rcpt="451 4.3.2 Try again later")


@dataclass(frozen=True)
class Received:
    """A message that somebody of the lab accepted: the sink (LMTP) or a remote MTA (SMTP)."""

    at: float
    server: str
    """The address that it was received at."""
    protocol: str
    """`LMTP`, `SMTP` or `ESMTP`."""
    client: str
    """The address that it came from."""
    helo: str
    sender: str
    recipients: tuple[str, ...]
    content: str
    """Latin-1 text: one character an octet, lines end in CRLF as received."""

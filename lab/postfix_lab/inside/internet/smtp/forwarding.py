"""Relays a message that an MTA of the world accepted."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING
from uuid import uuid4

from postfix_lab.errors import LabError
from postfix_lab.inside.internet.smtp.client_session import converse
from postfix_lab.smtp.dialogue import Command, Dialogue, Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from postfix_lab.inside.internet.admission import Admission
    from postfix_lab.smtp.behaviour import Received
    from postfix_lab.smtp.transcript import Transcript


def relay_dialogue(received: Received, hostname: str, *, smtputf8: bool) -> Dialogue:
    """Return the dialogue that relays a message: same envelope, a new Received: header (RFC 5321 section 4.4)."""
    parameters = "" if received.content.isascii() else " BODY=8BITMIME"
    parameters += " SMTPUTF8" if smtputf8 else ""
    client = f"IPv6:{received.client}" if ":" in received.client else received.client
    trace = (
        f"Received: from {received.helo} ([{client}])\r\n"
        f"\tby {hostname} with {received.protocol} id {uuid4().hex[:12]};\r\n"
        f"\t{formatdate(received.at)}\r\n"
    )
    return Dialogue(
        (
            Command(f"EHLO {hostname}", "HELO"),
            Command(f"MAIL FROM:<{received.sender}>{parameters}", "MAIL"),
            *(Command(f"RCPT TO:<{recipient}>", "RCPT") for recipient in received.recipients),
            Command("DATA", "DATA"),
            Message(trace + received.content),
        )
    )


async def forward(  # noqa: PLR0913 - both addresses, the dialogue and what becomes of it
    dialogue: Dialogue,
    source: str,
    server: tuple[str, int],
    forwarded: Callable[[Transcript], None],
    trouble: Callable[[str], None],
    *,
    admission: Admission | None = None,
) -> None:
    """Hold the dialogue from one address with another; `forwarded` gets the transcript, `trouble` a failure."""
    try:
        transcript = await converse(source, *server, dialogue, admission=admission)
    except LabError as error:
        trouble(f"{source} could not send on to {server[0]}: {error}")
        return
    forwarded(transcript)
    if transcript.ended != "quit":
        trouble(f"{source} could not send on to {server[0]}: {transcript.error or transcript.ended}")

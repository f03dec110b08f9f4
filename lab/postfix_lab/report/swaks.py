"""A transcript as swaks prints it, and the exit code that swaks would end with (swaks(1), EXIT CODES).

The codes follow swaks' source: the event that ends the session decides, and a refusal outranks a later disconnect.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from postfix_lab.smtp.transcript_lines import client_lines
from postfix_lab.text import printable

if TYPE_CHECKING:
    from postfix_lab.smtp.transcript import Exchange, Transcript

CONNECTING, CLOSED, TLS, SECOND_EHLO, NO_RECIPIENT, QUIT = 2, 6, 29, 32, 24, 27
CODES = {"CONNECT": 21, "HELO": 22, "MAIL": 23, "RCPT": NO_RECIPIENT, "DATA": 25, "MESSAGE": 26, "AUTH": 28}


def exit_code(transcript: Transcript) -> int:
    """Return 0 if everything was accepted (at least one recipient), else the code of the stage that failed."""
    if transcript.ended == "refused":
        return CONNECTING
    encrypted = False
    exchanges = transcript.exchanges
    spared = any(_good(exchange) for exchange in exchanges if exchange.stage == "RCPT")
    for exchange in exchanges:
        if exchange.stage == "QUIT":
            return 0 if _good(exchange) else QUIT if exchange.reply else CLOSED
        if not _good(exchange) and not (exchange.stage == "RCPT" and spared):
            return _failure_code(transcript, exchange, encrypted=encrypted)
        encrypted = encrypted or exchange.stage == "STARTTLS"
    if transcript.ended == "error":
        return TLS if encrypted or not exchanges else CLOSED
    return {"closed": CLOSED, "timeout": CLOSED}.get(transcript.ended, 0)


def transcript_lines(transcript: Transcript) -> Iterator[str]:
    """Yield lines with swaks' marks: `===` the lab, ` ->` the client, `<- ` the server, `<**` a refusal; `~`: TLS."""
    t = transcript
    where = f"{t.server}:{t.server_port} from {t.client}" if ":" not in t.server else f"[{t.server}]:{t.server_port} from {t.client}"  # noqa: E501
    yield printable(f"=== Trying {where}...")
    if t.ended == "refused":
        yield printable(f"*** Error connecting to {where}: {t.error}")
        return
    yield printable(f"=== Connected to {t.server}.")
    wire = "-"
    for exchange in t.exchanges:
        yield from (f" {wire}> {text}" for text in client_lines(exchange.said))
        yield from _reply_lines(exchange, wire)
        if exchange.stage == "STARTTLS" and _good(exchange):
            wire = "~"
            yield "=== TLS started"
    yield printable(_end(t))


def _reply_lines(exchange: Exchange, wire: str) -> Iterator[str]:
    reply = exchange.reply
    if reply is None:
        return
    mark = f"<{wire} " if reply.positive else f"<{'*' if wire == '-' else wire}*"
    lines = reply.lines or ("",)
    for number, text in enumerate(lines):
        enhanced = f"{reply.enhanced} " if reply.enhanced else ""
        yield printable(f"{mark} {reply.code}{'-' if number < len(lines) - 1 else ' '}{enhanced}{text}".rstrip())


def _end(transcript: Transcript) -> str:
    match transcript.ended:
        case "quit":
            return "=== Connection closed with remote host."
        case "dropped":
            return "=== Dropping connection"
        case "closed":
            return "*** Remote host closed connection unexpectedly."
        case _:
            return f"*** {transcript.ended}: {transcript.error or 'the line broke'}"


def _good(exchange: Exchange) -> bool:
    return exchange.reply is not None and exchange.reply.positive


def _failure_code(transcript: Transcript, exchange: Exchange, *, encrypted: bool) -> int:
    if exchange.reply is None and transcript.ended == "closed":
        return CLOSED
    if exchange.stage == "HELO" and encrypted:
        return SECOND_EHLO
    return TLS if exchange.stage == "STARTTLS" else CODES.get(exchange.stage, CLOSED)

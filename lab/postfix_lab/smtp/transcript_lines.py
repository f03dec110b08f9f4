r"""A transcript as lines of text, safe on any terminal; every report and file uses these."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postfix_lab.text import printable, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postfix_lab.smtp.answer import Answered
    from postfix_lab.smtp.transcript import Exchange, Transcript

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_WIDTH, _LINES = 200, 40


def exchange_text(exchange: Exchange) -> str:
    """The result of an exchange as every report words it: `RCPT refused with 450 4.7.25`."""
    if exchange.reply is None:
        return f"{exchange.stage} got no reply"
    verb = "accepted" if exchange.reply.positive else "refused"
    code = " ".join(filter(None, (str(exchange.reply.code), exchange.reply.enhanced)))
    return f"{exchange.stage} {verb} with {code}"


def transcript_lines(transcript: Transcript) -> Iterator[str]:
    """One connection with SMTP arrows and milliseconds since its start."""
    t = transcript
    yield printable(f"{t.client} port {t.port} -> {t.server} port {t.server_port}, {stamp(t.started)}")
    for exchange in t.exchanges:
        since = f"{max(0.0, exchange.at - t.started) * 1000:9.1f} ms"
        yield from (f"{since}  -> {said}" for said in client_lines(exchange.said))
        yield from (f"{since}  <- {text}" for text in reply_lines(exchange))
    yield printable(f"ended: {t.ended}" + (f", {t.error}" if t.error else ""))


def client_lines(said: str) -> Iterator[str]:
    r"""The lines that a client sent, CRLF removed; any other line end is shown.

    Valid UTF-8 is decoded. Long lines and texts are shortened with a note; evidence.json holds everything.

    >>> list(client_lines("RSET\r\nNOOP\n.\rQUIT"))
    ['RSET', 'NOOP\\n', '.\\rQUIT']
    """
    lines = _LINE.findall(_as_utf8(said))
    for line in lines[:_LINES]:
        bare = line.removesuffix("\r\n")
        cut = f" ... ({len(bare)} octets)" if len(bare) > _WIDTH else ""
        yield printable(bare[:_WIDTH]) + cut
    if len(lines) > _LINES:
        yield f"... {len(lines) - _LINES} lines more"


def _as_utf8(octets: str) -> str:
    """Decode octets, one character each, as UTF-8; any other text is returned unchanged."""
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return octets


def reply_lines(exchange: Exchange) -> Iterator[str]:
    """The lines of the reply as received."""
    reply = exchange.reply
    if reply is None:
        yield "(no reply)"
        return
    last = len(reply.lines) - 1
    for number, text in enumerate(reply.lines or ("",)):
        mark = "-" if number < last else " "
        yield printable(f"{reply.code}{mark}{reply.enhanced + ' ' if reply.enhanced else ''}{text}".rstrip())


def answer_line(answered: Answered) -> str:
    """One line about an answer that a remote MTA gave: what, and to whom."""
    return printable(
        f"{stamp(answered.at)} {answered.server} {answered.stage} <- {answered.says}  (to {answered.client})"
    )

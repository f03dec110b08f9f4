r"""A transcript as lines for a person: safe on any terminal, the same in every report and file."""

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


def fate(exchange: Exchange) -> str:
    """What became of it, in the words of every report: `RCPT refused with 450 4.7.25`."""
    if exchange.reply is None:
        return f"{exchange.stage} got no reply"
    verb = "accepted" if exchange.reply.positive else "refused"
    code = " ".join(filter(None, (str(exchange.reply.code), exchange.reply.enhanced)))
    return f"{exchange.stage} {verb} with {code}"


def transcript_lines(transcript: Transcript) -> Iterator[str]:
    """One connection, SMTP arrows and milliseconds since its start."""
    t = transcript
    yield printable(f"{t.client} port {t.port} -> {t.server} port {t.server_port}, {stamp(t.started)}")
    for exchange in t.exchanges:
        since = f"{max(0.0, exchange.at - t.started) * 1000:9.1f} ms"
        yield from (f"{since}  -> {said}" for said in said_lines(exchange.said))
        yield from (f"{since}  <- {text}" for text in reply_lines(exchange))
    yield printable(f"ended: {t.ended}" + (f", {t.error}" if t.error else ""))


def said_lines(said: str) -> Iterator[str]:
    r"""What a client said, a line each: CRLF goes without saying, any other end of a line shows.

    Octets that are UTF-8 are shown as that. What is long is cut, with a word about it; the whole is in evidence.json.

    >>> list(said_lines("RSET\r\nNOOP\n.\rQUIT"))
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
    """Octets, one character each, as the text that they are; what is text already is left alone."""
    try:
        return octets.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return octets


def reply_lines(exchange: Exchange) -> Iterator[str]:
    """The reply to it, a line each, as it came over the wire."""
    reply = exchange.reply
    if reply is None:
        yield "(no reply)"
        return
    last = len(reply.lines) - 1
    for number, text in enumerate(reply.lines or ("",)):
        mark = "-" if number < last else " "
        yield printable(f"{reply.code}{mark}{reply.enhanced + ' ' if reply.enhanced else ''}{text}".rstrip())


def answered_line(answered: Answered) -> str:
    """What a remote MTA said or did instead of the usual, and to whom."""
    return printable(
        f"{stamp(answered.at)} {answered.server} {answered.stage} <- {answered.says}  (to {answered.client})"
    )

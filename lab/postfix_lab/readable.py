r"""Evidence as lines that a person reads, the same in every report and file.

Whatever came over a wire or out of a log may hold terminal escapes. `printable` is the only door to
a report: what it returns is one line and harmless on any terminal.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from postfix_lab.words import did_you_mean, printable, shorten, stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from postfix_lab.dns.query import Query
    from postfix_lab.mailhost.facts import Delta
    from postfix_lab.postfix.log.grammar import LogLine
    from postfix_lab.smtp.answer import Answered
    from postfix_lab.smtp.transcript import Exchange, Transcript

__all__ = [
    "answered_line", "bare_answer", "clock", "delta_lines", "did_you_mean", "fate", "log_line", "printable",
    "query_line", "said_lines", "shorten", "transcript_lines",
]  # fmt: skip
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
    yield printable(f"{t.client} port {t.port} -> {t.server} port {t.server_port}, {clock(t.started)}")
    for exchange in t.exchanges:
        since = f"{max(0.0, exchange.at - t.started) * 1000:9.1f} ms"
        yield from (f"{since}  -> {said}" for said in said_lines(exchange.said))
        yield from (f"{since}  <- {text}" for text in _reply_lines(exchange))
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


def _reply_lines(exchange: Exchange) -> Iterator[str]:
    reply = exchange.reply
    if reply is None:
        yield "(no reply)"
        return
    last = len(reply.lines) - 1
    for number, text in enumerate(reply.lines or ("",)):
        mark = "-" if number < last else " "
        yield printable(f"{reply.code}{mark}{reply.enhanced + ' ' if reply.enhanced else ''}{text}".rstrip())


def query_line(query: Query) -> str:
    """One question with what its asker learned: `203.example MX -> 10 mx.example`."""
    told = ", ".join(bare_answer(answer, query.type) for answer in query.answers)
    said = told if told and query.outcome == "NOERROR" else f"{query.outcome} {told}".rstrip()
    notes = [
        *(["stray"] if query.stray else []),
        *(["outside the zones"] if query.outside else []),
        *([f"fault {query.fault}"] if query.fault else []),
        *(["truncated"] if query.truncated else []),
        *(["over TCP"] if query.transport == "tcp" else []),
    ]
    noted = f" ({', '.join(notes)})" if notes else ""
    return printable(f"{query.name} {query.type} -> {said}{noted}")


def query_lines(query: Query, *, server: bool) -> Iterator[str]:
    """The same with its time, on request with the resolver that was asked; below it a packet that was mangled."""
    yield f"{clock(query.at)} {query_line(query)}{printable(f' at {query.server}') if server else ''}"
    if query.packet:
        yield f"    sent {query.octets} octets: {printable(query.packet)}"


def answered_line(answered: Answered) -> str:
    """What a remote MTA said or did instead of the usual, and to whom."""
    return printable(
        f"{clock(answered.at)} {answered.server} {answered.stage} <- {answered.says}  (to {answered.client})"
    )


def bare_answer(answer: str, rtype: str) -> str:
    """Drop the record's own type when it is the one that was asked for, and the root dot."""
    bare = answer.removeprefix(f"{rtype} ")
    return bare[:-1] if bare.endswith(".") and len(bare) > 1 else bare


def log_line(line: LogLine) -> str:
    """One line of mail.log as Debian's rsyslog writes it, stamp first."""
    tag = f"{line.program}[{line.pid}]" if line.pid is not None else line.program
    return printable(f"{clock(line.at)} {tag}: {line.text}")


def delta_lines(delta: Delta) -> Iterator[str]:
    """One deviation from the admin's configuration and the reason for it."""
    where = f"{delta.file}:{delta.line}: " if delta.line else f"{delta.file}: " if delta.file else ""
    yield printable(f"{delta.what} = {delta.value}")
    yield printable(f"    {where}{delta.reason}")


def clock(at: float) -> str:
    """RFC 3339 with microseconds, in UTC."""
    return stamp(at)

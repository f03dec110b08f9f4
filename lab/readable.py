r"""Evidence as lines that a person reads, the same in every report and file.

Whatever came over a wire or out of a log may hold terminal escapes. `printable` is the only door to
a report: what it returns is one line and harmless on any terminal.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lab.internet.dns.query import Query
    from lab.internet.smtp.transcript import Exchange, Transcript
    from lab.mailhost.facts import Delta
    from lab.mailhost.log.grammar import LogLine

# C0, DEL and C1 controls, line and bidirectional controls (they reorder what a reader sees), lone surrogates.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""Give the text on one line, with control characters, escapes and bidirectional marks spelled out.

    >>> printable("\x1b[2Jreject:\n")
    '\\x1b[2Jreject:\\n'
    """
    return _HARMFUL.sub(lambda found: _SHORT.get(found[0]) or _escape(ord(found[0])), text)


def _escape(number: int) -> str:
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"  # noqa: PLR2004 - the width of \x


def shorten(text: str, width: int) -> str:
    """Cut to the width, with `...` where something is missing."""
    return text if len(text) <= width else text[: max(0, width - 3)] + "..."


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Finish an `InputError`: the nearest known word, or all of them when none is near."""
    names = sorted(known)
    near = get_close_matches(word.lower(), [name.lower() for name in names], n=1)
    by_lower = {name.lower(): name for name in names}
    return f"did you mean {by_lower[near[0]]}?" if near else f"there are {', '.join(names)}"


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
        for said in exchange.said.splitlines():
            yield f"{since}  -> {printable(said)}"
        yield from (f"{since}  <- {text}" for text in _reply_lines(exchange))
    yield printable(f"ended: {t.ended}" + (f", {t.error}" if t.error else ""))


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
    yield printable(f"{delta.what} = {delta.value}")
    yield printable(f"    {delta.reason}")


def clock(at: float) -> str:
    """RFC 3339 with microseconds, in UTC."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="microseconds")

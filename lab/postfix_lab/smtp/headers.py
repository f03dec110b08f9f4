"""The Received and Received-SPF headers that a mail host adds to a message, parsed into fields.

The parsers never raise: a header that a client wrote gives fields, some of them empty, so that evidence can hold any
message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BLANK_LINE = re.compile(r"\r?\n\r?\n|\A\r?\n")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_NAME = re.compile(r"\A(?:: *)?(?:prepend +)?Received-SPF: *", re.IGNORECASE)
_RESULT = re.compile(r"\s*([A-Za-z]+)\s*")
_PAIR = re.compile(r"\s*([A-Za-z][\w.-]*)\s*=\s*(.*)\Z", re.DOTALL)
_PIECE = re.compile(r'"(?:[^"\\]|\\.)*"|;|(?:^|(?<=\s))\((?:[^()\\]|\\.)*\)|[^;"\s(]+|\s+|.', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\Z', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)

_FROM = re.compile(r"from (.*?) \((\S+) \[(?:IPv6:)?([^\]\s]+)\](?::\d+)?\)")
_BY = re.compile(r"(?:^|\s)by (\S+)")
_WITH = re.compile(r"\bwith ((?:UTF8)?(?:E?SMTP|LMTP|QMQP)[SA]{0,2})\b")
_ID = re.compile(r"\bid (\S+?)(?=;|\s|\Z)")
_FOR = re.compile(r"\sfor <(.*?)>(?=;|\s|\Z)")
_TLS = re.compile(r"\(using (\S+) with cipher (\S+)")
_USER = re.compile(r"\(Authenticated sender: (.*?)\)")


@dataclass(frozen=True)
class ReceivedSpf:
    """A Received-SPF header (RFC 7208 section 9.1); a field that is not there is empty."""

    result: str
    """Lower case: `pass`, `fail`, `softfail`, `neutral`, `none`, `temperror` or `permerror`."""
    original: str
    """The result as written."""
    comment: str = ""
    identity: str = ""
    client_ip: str = ""
    envelope_from: str = ""
    helo: str = ""
    receiver: str = ""
    mechanism: str = ""
    problem: str = ""
    other: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ReceivedHeader:
    """A Received header as Postfix writes it; a field that is not there is empty."""

    helo: str = ""
    rdns: str = ""
    """The verified name, or `unknown`."""
    ip: str = ""
    by: str = ""
    protocol: str = ""
    queue_id: str = ""
    recipient: str = ""
    """Named only if the message has exactly one."""
    date: str = ""
    tls: str = ""
    """Protocol and cipher (`smtpd_tls_received_header`)."""
    user: str = ""
    """The SASL login (`smtpd_sasl_authenticated_header`)."""
    text: str = field(default="", compare=False)
    """The whole value, unfolded."""


def received_spf_headers(content: str) -> tuple[ReceivedSpf, ...]:
    """Every Received-SPF header of a message, the topmost (the last one added) first."""
    return tuple(parse_received_spf(value) for value in _values(content, "received-spf"))


def received_headers(content: str) -> tuple[ReceivedHeader, ...]:
    """Every Received header of a message, the topmost (the last hop) first."""
    return tuple(parse_received(value) for value in _values(content, "received"))


def parse_received_spf(value: str) -> ReceivedSpf:
    """The header's value, with or without its name, or policyd-spf's log line with its `prepend`."""
    rest = _NAME.sub("", _FOLD.sub("", value))
    found = _RESULT.match(rest)
    if not found:
        return ReceivedSpf("", "")
    comment, rest = _comment(rest[found.end() :])
    known = {"identity", "client-ip", "envelope-from", "helo", "receiver", "mechanism", "problem"}
    pairs = _pairs(rest)
    fields = {key.replace("-", "_"): text for key, text in reversed(pairs) if key in known}
    other = tuple((key, text) for key, text in pairs if key not in known)
    return ReceivedSpf(found[1].lower(), found[1], comment, other=other, **fields)


def parse_received(value: str) -> ReceivedHeader:
    """The value of one Received header."""
    text = " ".join(_FOLD.sub("", value).split())
    head, date = text.rsplit(";", 1) if ";" in text else (text, "")
    origin = _FROM.match(head)
    # A HELO name may hold anything, even "by"; Postfix's own words follow it.
    own = head[origin.end() :] if origin else head
    tls = _TLS.search(own)
    return ReceivedHeader(
        helo=origin[1] if origin else "",
        rdns=origin[2] if origin else "",
        ip=origin[3] if origin else "",
        by=_first(_BY, own),
        protocol=_first(_WITH, own),
        queue_id=_first(_ID, own),
        recipient=_first(_FOR, own),
        date=date.strip(),
        tls=f"{tls[1]} {tls[2]}" if tls else "",
        user=_first(_USER, own),
        text=text,
    )


def _values(content: str, name: str) -> list[str]:
    """The unfolded values of that header; its name is given in lower case."""
    head = _FOLD.sub("", _BLANK_LINE.split(content, maxsplit=1)[0])
    fields = (line.partition(":") for line in head.replace("\r\n", "\n").split("\n"))
    return [value.strip() for key, colon, value in fields if colon and key.rstrip().lower() == name]


def _comment(text: str) -> tuple[str, str]:
    """A comment in front, without its parentheses, and what follows; comments nest."""
    if not text.startswith("("):
        return "", text
    depth = 0
    for found in re.finditer(r"\\.|[()]", text, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:
            return _ESCAPE.sub(r"\1", text[1 : found.start()]), text[found.end() :]
    inside, _, rest = text[1:].partition(")")
    return inside, rest


def _pairs(text: str) -> list[tuple[str, str]]:
    """`key=value` pairs between semicolons; those in quoted strings and comments do not count."""
    chunks = [""]
    for piece in _PIECE.findall(text):
        if piece == ";":
            chunks.append("")
        elif not (piece.startswith("(") and len(piece) > 1):
            chunks[-1] += piece
    found = (_PAIR.match(chunk) for chunk in chunks)
    return [(pair[1].lower(), _unquote(pair[2].strip())) for pair in found if pair]


def _unquote(value: str) -> str:
    quoted = _QUOTED.match(value)
    return _ESCAPE.sub(r"\1", quoted[1]) if quoted else value


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""

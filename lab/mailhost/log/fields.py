"""Pieces that several kinds of line share: clients, reply texts, the envelope at the end.

What a stranger said stands unescaped in a log line, so `from=<a> to=<b>` can be one hostile sender.
The rule is that the leftmost separator counts and that no piece takes more than linear time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from lab.mailhost.log.events import Client

CLIENT = r"(?P<name>[^\s\[\]]*)\[(?P<address>[^\s\[\]]+)\](?::(?P<port>\d+|unknown)(?!\d))?"
_CLIENT = re.compile(CLIENT)
_CODES = re.compile(r"(?:(?P<code>[2-5]\d\d) )?(?:(?P<enhanced>[245]\.\d{1,3}\.\d{1,3}) )?")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_AFTER_SENDER = re.compile(r">,? (?=to=<|proto=)")
_AFTER_RECIPIENT = re.compile(r">,? (?=proto=)")
_PROTO = re.compile(r"proto=(\w+)(?:,? |$)")
_AFTER_HELO = re.compile(r">(?=: | sasl_username=<)|>$")


class Envelope(NamedTuple):
    """What smtpd appends to a reject line, and what still follows it (cleanup's reason)."""

    sender: str | None = None
    recipient: str | None = None
    proto: str | None = None
    helo: str | None = None
    sasl_username: str | None = None
    rest: str = ""


class Answer(NamedTuple):
    """A reply text, taken apart as `Reject` documents it."""

    code: int | None
    enhanced: str | None
    text: str
    about: str | None
    subject: str
    reason: str


def client_of(match: re.Match[str]) -> Client:
    """The client of a match whose pattern contains `CLIENT`."""
    port = match["port"]
    return Client(match["name"], match["address"], int(port) if port and port.isdigit() else None)


def leading_client(text: str) -> tuple[Client, str] | None:
    """The client at the start of a text, and what follows it."""
    match = _CLIENT.match(text)
    return (client_of(match), text[match.end() :]) if match else None


def answer(text: str) -> Answer:
    """Take a reply text apart; whatever is missing is None or empty."""
    codes = _CODES.match(text)
    code, enhanced = (codes["code"], codes["enhanced"]) if codes else (None, None)
    plain = text[codes.end() :] if codes else text
    about, rest = None, plain
    if plain.startswith("<") and ">: " in plain:
        about, _, rest = plain[1:].partition(">: ")
    cuts = [place for mark in (": ", "; ") if (place := rest.find(mark)) >= 0]
    cut = min(cuts, default=len(rest))
    return Answer(int(code) if code else None, enhanced, plain, about, rest[:cut], rest[cut + 2 :])


def split_envelope(text: str) -> tuple[str, Envelope]:
    """A reject line's text without its envelope, and the envelope (smtpd's `from=... to=...`, postscreen's commas)."""
    for mark in ("; from=<", "; to=<", "; proto="):
        head, found, _ = text.partition(mark)
        if found:
            return head, _envelope(text[len(head) + 2 :])
    return text.removesuffix(";"), Envelope()


def _envelope(text: str) -> Envelope:
    sender, text = _bracketed(text, "from=<", _AFTER_SENDER)
    recipient, text = _bracketed(text, "to=<", _AFTER_RECIPIENT)
    proto = _PROTO.match(text)
    text = text[proto.end() :] if proto else text
    helo, text = _bracketed(text, "helo=<", _AFTER_HELO)
    user, text = _bracketed(text.strip(), "sasl_username=<", _AFTER_HELO)
    return Envelope(sender, recipient, proto[1] if proto else None, helo, user, text.removeprefix(": "))


def _bracketed(text: str, opening: str, closing: re.Pattern[str]) -> tuple[str | None, str]:
    if not text.startswith(opening):
        return None, text
    start = len(opening)
    quoted = _QUOTED.match(text, start)
    end = closing.search(text, quoted.end() if quoted else start)
    if end:
        return text[start : end.start()], text[end.end() :]
    last = text.rfind(">", start)
    return (text[start:last], text[last + 1 :]) if last >= 0 else (text[start:], "")

"""Parsers for fields that several kinds of lines have: clients, reply texts, the envelope at the end.

A client's text is not escaped in a log line, so `from=<a> to=<b>` can be one hostile sender. Two things cannot be
forged: an envelope address is in RFC 822 form, with special characters in quotes (info_log_address_format = external,
the default since 3.5), and smtpd removes special characters from a HELO name (`neuter`). So the envelope is the part
at the line's end that has this form. If a line does not have it, the leftmost separator counts. Every parser takes
linear time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from postfix_lab.postfix.log.events import Client

CLIENT = r"(?P<name>[^\s\[\]]*)\[(?P<address>[^\s\[\]]+)\](?::(?P<port>\d+|unknown)(?!\d))?"
_CLIENT = re.compile(CLIENT)
ADDRESS = r'(?:"(?:[^"\\]|\\.)*"(?:@[^<>"\s]*)?|[^<>"\s]*)'
"""An address as logged between angle brackets."""
_ADDRESSED = re.compile(
    rf"(?P<said>.*); (?:from=<(?P<sender>{ADDRESS})>,? ?)?(?:to=<(?P<recipient>{ADDRESS})>,? ?)?\Z", re.DOTALL
)
_GREETED = re.compile(
    r"proto=(?P<proto>\w+),?(?: |(?=:)|\Z)(?:helo=<(?P<helo>[^<>\"\s]*)>(?: |(?=:)|\Z))?"
    r"(?:sasl_username=<(?P<user>[^<>\"]*)>)?(?:: (?P<rest>.*))?\Z",
    re.DOTALL,
)
_UNQUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_CODES = re.compile(r"(?:(?P<code>[2-5]\d\d) )?(?:(?P<enhanced>[245]\.\d{1,3}\.\d{1,3}) )?")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_AFTER_SENDER = re.compile(r">,? (?=to=<|proto=)")
_AFTER_RECIPIENT = re.compile(r">,? (?=proto=)")
_PROTO = re.compile(r"proto=(\w+)(?:,? |$)")
_AFTER_HELO = re.compile(r">(?=: | sasl_username=<)|>$")


class Envelope(NamedTuple):
    """What smtpd appends to a reject line; `rest` is what follows it (cleanup's reason)."""

    sender: str | None = None
    recipient: str | None = None
    proto: str | None = None
    helo: str | None = None
    sasl_username: str | None = None
    rest: str = ""


class ReplyText(NamedTuple):
    """The parts of a reply text, as `Reject` documents them."""

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


def parse_reply(text: str, envelope: Envelope | None = None) -> ReplyText:
    """The parts of a reply text; a missing part is None or empty.

    smtpd writes the subject of a reply without the quotes of the envelope; the addresses of `envelope` are used to
    find where it ends, whatever characters it has.
    """
    codes = _CODES.match(text)
    code, enhanced = (codes["code"], codes["enhanced"]) if codes else (None, None)
    plain = text[codes.end() :] if codes else text
    about, rest = None, plain
    known = filter(None, (envelope.recipient, envelope.sender)) if envelope else ()
    for address in map(_unquote, known):
        if plain.startswith(f"<{address}>: "):
            about, rest = address, plain[len(address) + 4 :]
            break
    else:
        if plain.startswith("<") and ">: " in plain:
            about, _, rest = plain[1:].partition(">: ")
    cuts = [place for mark in (": ", "; ") if (place := rest.find(mark)) >= 0]
    cut = min(cuts, default=len(rest))
    return ReplyText(int(code) if code else None, enhanced, plain, about, rest[:cut], rest[cut + 2 :])


def split_envelope(text: str) -> tuple[str, Envelope]:
    """A reject line's text without its envelope, and the envelope (smtpd's `from=... to=...`, postscreen's commas)."""
    if strict := _split_strictly(text):
        return strict
    for mark in ("; from=<", "; to=<", "; proto="):
        head, found, _ = text.partition(mark)
        if found:
            return head, _envelope(text[len(head) + 2 :])
    return text.removesuffix(";"), Envelope()


def _split_strictly(text: str) -> tuple[str, Envelope] | None:
    """The result of `split_envelope` for a line in the form that cannot be forged, else None."""
    at = max(text.rfind("> proto="), text.rfind("; proto=")) + 2
    addressed, greeted = _ADDRESSED.match(text[:at]), _GREETED.match(text, at)
    if at < 2 or addressed is None or greeted is None:  # noqa: PLR2004 - rfind found none
        return None
    proto, helo, user, rest = greeted.groups()
    said, sender, recipient = addressed.groups()
    return said, Envelope(sender, recipient, proto, helo, user, rest or "")


def _unquote(address: str) -> str:
    return _UNQUOTED.sub(lambda quoted: re.sub(r"\\(.)", r"\1", quoted[1]), address, count=1)


def _envelope(text: str) -> Envelope:
    sender, text = _strip_brackets(text, "from=<", _AFTER_SENDER)
    recipient, text = _strip_brackets(text, "to=<", _AFTER_RECIPIENT)
    proto = _PROTO.match(text)
    text = text[proto.end() :] if proto else text
    helo, text = _strip_brackets(text, "helo=<", _AFTER_HELO)
    user, text = _strip_brackets(text.strip(), "sasl_username=<", _AFTER_HELO)
    return Envelope(sender, recipient, proto[1] if proto else None, helo, user, text.removeprefix(": "))


def _strip_brackets(text: str, opening: str, closing: re.Pattern[str]) -> tuple[str | None, str]:
    if not text.startswith(opening):
        return None, text
    start = len(opening)
    quoted = _QUOTED.match(text, start)
    end = closing.search(text, quoted.end() if quoted else start)
    if end:
        return text[start : end.start()], text[end.end() :]
    last = text.rfind(">", start)
    return (text[start:last], text[last + 1 :]) if last >= 0 else (text[start:], "")

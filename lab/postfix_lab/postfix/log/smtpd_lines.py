"""Lines of smtpd and postscreen, and of cleanup's content checks."""

from __future__ import annotations

import re

from postfix_lab.postfix.log.events import (
    Accepted,
    Client,
    Connect,
    Disconnect,
    Event,
    HostnameMismatch,
    LostConnection,
    NumericHostname,
    Postscreen,
    Reject,
    SaslFailure,
    Tally,
    TlsEstablished,
    TlsFailed,
)
from postfix_lab.postfix.log.fields import (
    CLIENT,
    Envelope,
    ReplyText,
    client_of,
    leading_client,
    parse_reply,
    split_envelope,
)

# A verbose smtpd logs `reject_unauth_destination: ` before what a client said: only reject_warning has an underscore.
_ACTION = re.compile(r"(?P<action>reject_warning|[a-z][a-z-]*): (?P<stage>[A-Z][A-Z-]*)(?: from |: )")
_CONTENT = re.compile(r"(?P<action>[a-z][a-z_-]*): (?P<stage>header|body) ")
_LOST = re.compile(rf"(?P<kind>[a-z][^:\[\]]*) after (?P<stage>\S+)(?: \((?P<octets>\d+) bytes\))? from {CLIENT}")
_TALLY = re.compile(r"([a-z]+)=(\d+)(?:/(\d+))?$")
_XFORWARD = re.compile(r", (sasl_method|sasl_username|sasl_sender|orig_queue_id|orig_client)=")
_MISMATCH = re.compile(r"hostname (\S+) does not resolve to address (\S+?)(?:: (.*))?$")
_SASL = re.compile(rf"{CLIENT}: SASL (?P<mechanism>\S+) authentication (?:failed: (?P<reason>.*)|aborted)")
_TLS = re.compile(
    rf"(?P<trust>\w+) TLS connection established (?P<way>from|to) {CLIENT}[^:]*: "
    r"(?P<protocol>\S+) with cipher (?P<cipher>\S+)"
)
_TLS_FAILED = re.compile(rf"SSL_(?:accept|connect) error (?:from|to) {CLIENT}:? ?(?P<reason>.*)")
_SCREEN = re.compile(r"(?P<action>[A-Z][A-Z-]*(?: [A-Z][A-Z-]*)*)(?P<before>(?: .*)?) ?$")


def parse_smtpd(text: str, *, warning: bool = False) -> Event | None:
    """The event of a line of smtpd, queue id and level removed; None if the line is not known."""
    return _warning(text) if warning else _session(text) or parse_action(text) or parse_tls(text)


def parse_connection(text: str) -> Event | None:
    """The event of a session's first or last line, which have no queue id; else None."""
    verb, _, rest = text.partition(" from ")
    named = leading_client(rest)
    if named and verb == "connect":
        return Connect(named[0])
    return Disconnect(named[0], _tallies(named[1])) if named and verb == "disconnect" else None


def _session(text: str) -> Event | None:
    if text.startswith("client="):
        return _acceptance(text.removeprefix("client="))
    if lost := _LOST.match(text):
        octets = int(lost["octets"]) if lost["octets"] else None
        return LostConnection(client_of(lost), lost["kind"], lost["stage"], octets)
    return None


def _tallies(text: str) -> tuple[Tally, ...]:
    found = [match for word in text.split() if (match := _TALLY.match(word))]
    return tuple(Tally(match[1], int(match[2]), int(match[3] or match[2])) for match in found)


def _acceptance(text: str) -> Accepted | None:
    named = leading_client(text)
    if not named:
        return None
    parts = _XFORWARD.split(named[1])
    return Accepted(named[0], **dict(zip(parts[1::2], parts[2::2], strict=True)))


def parse_action(text: str) -> Event | None:
    """The event of `reject: RCPT from ...: 550 ...`, logged by smtpd, for a milter, or by postscreen."""
    match = _ACTION.match(text)
    if not match:
        return None
    client, rest = leading_client(text[match.end() :]) or (None, text[match.end() :])
    rest = rest.removeprefix(": ")
    if match["action"] == "abort" and client:
        return TlsFailed(client, rest)
    said, envelope = split_envelope(rest)
    return _reject(match, client, parse_reply(said, envelope), envelope)


def parse_content_check(text: str) -> Reject | None:
    """The event of header_checks or body_checks: `reject: header Subject: x from client; from=...: 5.7.1 no`."""
    match = _CONTENT.match(text)
    if not match:
        return None
    said, envelope = split_envelope(text[match.end() :])
    line, _, origin = said.rpartition(" from ")
    named = leading_client(origin)
    reply = parse_reply(envelope.rest)
    told = ReplyText(reply.code, reply.enhanced, reply.text, line, "", reply.text)
    return _reject(match, named[0] if named else None, told, envelope)


def _reject(match: re.Match[str], client: Client | None, reply: ReplyText, envelope: Envelope) -> Reject:
    return Reject(
        match["action"], match["stage"], reply.text, client, reply.code, reply.enhanced, reply.about, reply.subject,
        reply.reason, envelope.sender, envelope.recipient, envelope.proto, envelope.helo, envelope.sasl_username,
    )  # fmt: skip


def _warning(text: str) -> Event | None:
    if mismatch := _MISMATCH.match(text):
        return HostnameMismatch(mismatch[1], mismatch[2], mismatch[3] or "")
    if text.startswith("numeric hostname: "):
        return NumericHostname(text.removeprefix("numeric hostname: "))
    if failed := _SASL.match(text):
        reason, _, user = (failed["reason"] or "aborted").partition(", sasl_username=")
        return SaslFailure(client_of(failed), failed["mechanism"], reason, user or None)
    return None


def parse_tls(text: str) -> Event | None:
    """The event of a TLS handshake, of smtpd or of a delivery agent."""
    if made := _TLS.match(text):
        return TlsEstablished(client_of(made), made["trust"], made["way"] == "to", made["protocol"], made["cipher"])
    failed = _TLS_FAILED.match(text)
    return TlsFailed(client_of(failed), failed["reason"]) if failed else None


def parse_postscreen(text: str) -> Event | None:
    """The event of a line of postscreen: `CONNECT from [a]:1 to [b]:25`, `PASS NEW [a]:1`, or a reject."""
    head, _, _ = text.partition("[")
    match, named = _SCREEN.match(head), leading_client(text[len(head) :])
    if not match or not named:
        return parse_action(text)
    before = match["before"].strip().removesuffix("from").removesuffix("for").strip()
    after = named[1].removeprefix(":").strip().removeprefix("to ")
    return Postscreen(match["action"], named[0], " ".join(part for part in (before, after) if part))

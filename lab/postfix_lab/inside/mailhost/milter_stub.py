"""A milter in the mail host: version 6 of the protocol of libmilter's mfdef.h, answering by rules.

It runs under the release's own Python (3.9 on bullseye), with nothing but the standard library. Without a rule that
applies it accepts everything, and gives the verdict of its mode at the end of the message.
"""

import asyncio
import itertools
import struct
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

from postfix_lab.inside.mailhost.stub_rules import GARBAGE, FilterEvent, find_rule, note

VERDICTS = {"continue": b"c", "accept": b"a", "reject": b"r", "tempfail": b"t", "discard": b"d"}
MODES = {"accept": b"c", "reject": b"r", "tempfail": b"t"}
"""The verdict at the end of the message if no rule applies."""
_STAGES = {
    b"C": "CONNECT", b"H": "HELO", b"M": "MAIL", b"R": "RCPT", b"T": "DATA", b"L": "HEADER", b"N": "EOH", b"B": "BODY",
    b"E": "MESSAGE", b"U": "UNKNOWN", b"A": "ABORT",
}  # fmt: skip
_ALL_ACTIONS = 0xFF
"""SMFIF_*: add headers, change the body, add and delete recipients, change headers, quarantine, change the sender."""
_PIECE = 65_535
_NUMBERS = itertools.count(1)


class Packet(NamedTuple):
    """A command of Postfix: its letter, and what follows."""

    command: bytes
    body: bytes


class _Talk:
    """The state of one connection."""

    def __init__(self) -> None:
        self.number = next(_NUMBERS)
        self.macros: Dict[str, str] = {}
        """Those sent for the command that follows."""
        self.known: Dict[str, str] = {}
        """All macros of the connection so far."""
        self.client = self.helo = self.sender = ""
        self.recipients: List[str] = []
        self.headers: List[str] = []
        """The names of the headers so far, in lower case."""

    def case(self, stage: str, given: Mapping[str, str]) -> FilterEvent:
        """Return what rules are matched against."""
        recipients = [_bare(given["recipient"])] if stage == "RCPT" else self.recipients
        return FilterEvent(stage, {**self.known, **given}, self.client, self.helo, self.sender, recipients)

    def take(self, stage: str, given: Mapping[str, str]) -> None:
        """Keep what later rules may ask for."""
        if stage == "CONNECT":
            self.client = given["address"]
        elif stage == "HELO":
            self.helo = given["name"]
        elif stage == "MAIL":
            self.sender, self.recipients, self.headers = _bare(given["sender"]), [], []
        elif stage == "HEADER":
            self.headers.append(given["name"].lower())


async def milter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]) -> None:
    """Answer each command by the first rule that applies, else by the mode; nothing at all where that is `hang`."""
    talk = _Talk()
    while True:
        packet = await _read(reader)
        if packet.command == b"Q":
            return
        if stub["mode"] not in MODES:
            continue
        if packet.command == b"O":
            _send(writer, b"O" + _negotiate(packet.body))
        elif packet.command == b"D":
            _take_macros(talk, packet.body)
        elif packet.command == b"K":
            talk = _Talk()
        elif packet.command in _STAGES and not await _answer(talk, packet, reader, writer, stub):
            return
        await writer.drain()


async def _answer(
    talk: _Talk, packet: Packet, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, stub: Dict[str, Any]
) -> bool:
    """Answer one command; return whether the connection goes on."""
    stage = _STAGES[packet.command]
    arguments = _arguments(stage, packet.body)
    talk.take(stage, arguments)
    record = note(stub, stage, {**arguments, **talk.macros}, talk.number)
    talk.macros = {}
    if stage == "ABORT":
        return True
    applied = find_rule(stub.get("rules", ()), talk.case(stage, arguments))
    rule = applied.rule if applied else None
    record["rule"] = applied.number if applied else None
    says = rule["says"] if rule else stub["mode"] if stage == "MESSAGE" and stub["mode"] != "accept" else "continue"
    changes = _changes(rule, talk) if rule and stage == "MESSAGE" else []
    record["answer"] = "; ".join([says, *_changes_as_text(rule if changes else None)])
    if says == "HANG":
        while True:
            await reader.readexactly(1)
    if says == "DROP":
        return False
    if says == "GARBAGE":
        writer.write(GARBAGE)
        return True
    for change in changes:
        _send(writer, change)
    _send(writer, VERDICTS[says] if says in VERDICTS else b"y" + says.encode() + b"\0")
    if stage == "RCPT" and says in ("continue", "accept"):
        talk.recipients.append(_bare(arguments["recipient"]))
    return True


async def _read(reader: asyncio.StreamReader) -> Packet:
    size = struct.unpack("!I", await reader.readexactly(4))[0]
    return Packet(await reader.readexactly(1), await reader.readexactly(size - 1))


def _send(writer: asyncio.StreamWriter, packet: bytes) -> None:
    writer.write(struct.pack("!I", len(packet)) + packet)


def _negotiate(body: bytes) -> bytes:
    """Return the version, those of the offered actions that a rule may need, and that no step is left out."""
    version, actions = struct.unpack("!II", body[:8])
    return struct.pack("!III", min(6, version), actions & _ALL_ACTIONS, 0)


def _take_macros(talk: _Talk, body: bytes) -> None:
    words = _words(body[1:])
    talk.macros.update(zip(words[::2], words[1::2]))
    talk.known.update(talk.macros)


def _arguments(stage: str, body: bytes) -> Dict[str, str]:
    """Return the arguments of a command by name."""
    words = _words(body)
    if stage == "CONNECT":
        return _connect_arguments(body)
    if stage in ("HELO", "UNKNOWN"):
        return {"name": words[0] if words else ""}
    if stage in ("MAIL", "RCPT"):
        name = "sender" if stage == "MAIL" else "recipient"
        return {name: words[0] if words else "", "parameters": " ".join(words[1:])}
    if stage == "HEADER":
        return {"name": words[0], "value": words[1] if len(words) > 1 else ""}
    if stage in ("BODY", "MESSAGE") and body:
        return {"content": body.decode("latin-1"), "octets": str(len(body))}
    return {}


def _connect_arguments(body: bytes) -> Dict[str, str]:
    name, _, rest = body.partition(b"\0")
    family = {b"4": "inet", b"6": "inet6", b"L": "unix"}.get(rest[:1], "unknown")
    port = str(struct.unpack("!H", rest[1:3])[0]) if rest[2:3] else ""
    address = rest[3:].rstrip(b"\0").decode("utf-8", "replace")
    bare = address[5:] if address.lower().startswith("ipv6:") else address
    return {"name": name.decode("utf-8", "replace"), "family": family, "port": port, "address": bare}


def _words(octets: bytes) -> List[str]:
    parts = octets.split(b"\0")
    return [part.decode("utf-8", "replace") for part in (parts[:-1] if parts[-1:] == [b""] else parts)]


def _bare(address: str) -> str:
    """Return an address without angle brackets."""
    return address[1:-1] if address.startswith("<") and address.endswith(">") else address


def _changes(rule: Mapping[str, Any], talk: _Talk) -> List[bytes]:
    """Return the packets that change the message, in the order of the rule's fields."""
    found = [b"h" + _texts(name, value) for name, value in rule["add_headers"].items()]
    for name, value in rule["change_headers"].items():
        found.append(b"m" + struct.pack("!I", 1) + _texts(name, value))
    for name in rule["delete_headers"]:
        # Each one, from the last: an index counts the headers of that name which are left.
        indexes = range(talk.headers.count(name.lower()), 0, -1)
        found += [b"m" + struct.pack("!I", index) + _texts(name, "") for index in indexes]
    found += [b"+" + _texts("<%s>" % address) for address in rule["add_recipients"]]
    found += [b"-" + _texts("<%s>" % address) for address in rule["delete_recipients"]]
    if rule["change_sender"] is not None:
        found.append(b"e" + _texts("<%s>" % rule["change_sender"]))
    if rule["replace_body"] is not None:
        body = rule["replace_body"].encode()
        found += [b"b" + body[start : start + _PIECE] for start in range(0, len(body) or 1, _PIECE)]
    if rule["quarantine"] is not None:
        found.append(b"q" + _texts(rule["quarantine"]))
    return found


def _texts(*texts: str) -> bytes:
    return b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)


def _changes_as_text(rule: Optional[Mapping[str, Any]]) -> List[str]:
    """Return the changes in words, for the record."""
    if rule is None:
        return []
    told = ["add header %s: %s" % pair for pair in rule["add_headers"].items()]
    told += ["change header %s: %s" % pair for pair in rule["change_headers"].items()]
    told += ["delete header %s" % name for name in rule["delete_headers"]]
    told += ["add recipient %s" % address for address in rule["add_recipients"]]
    told += ["delete recipient %s" % address for address in rule["delete_recipients"]]
    told += ["change sender %s" % rule["change_sender"]] if rule["change_sender"] is not None else []
    told += ["replace body"] if rule["replace_body"] is not None else []
    return told + (["quarantine %s" % rule["quarantine"]] if rule["quarantine"] is not None else [])

"""A milter that answers case by case, and what it was given."""

from __future__ import annotations

import socket
import struct

import pytest

from postfix_lab.fit.filter_rules import MilterRule
from tests.unit.inside.mailhost.stubs import Stubs

CONNECT = b"Cmail.example\x004" + struct.pack("!H", 4711) + b"192.0.2.1\x00"
MAIL, RCPT, EVE = b"M<ann@x.example>\x00SIZE=9\x00", b"R<bob@lab.test>\x00", b"R<eve@lab.test>\x00"
SUBJECT, END = b"LSubject\x00hello\x00", b"E"
MESSAGE = (CONNECT, b"Hmail.example\x00", MAIL, RCPT, EVE, b"T", SUBJECT, b"N", b"Bbody", END)


class Postfix:
    """The other end: sends commands and reads the packets that answer."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        assert self.say(b"O" + struct.pack("!III", 6, 0x1FF, 0)) == [b"O" + struct.pack("!III", 6, 0xFF, 0)]

    def macros(self, command: bytes, *words: bytes) -> None:
        self._send(b"D" + command + b"".join(word + b"\x00" for word in words))

    def say(self, command: bytes) -> list[bytes]:
        """Return the packets that answer a command, up to the one that decides."""
        self._send(command)
        found: list[bytes] = []
        while not found or found[-1][:1] not in b"Ocartdy":
            size = struct.unpack("!I", self._read(4))[0]
            found.append(self._read(size))
        return found

    def _send(self, packet: bytes) -> None:
        self._sock.sendall(struct.pack("!I", len(packet)) + packet)

    def _read(self, size: int) -> bytes:
        octets = b""
        while len(octets) < size:
            if not (more := self._sock.recv(size - len(octets))):
                raise EOFError
            octets += more
        return octets


def answers(stubs: Stubs, *commands: bytes) -> list[list[bytes]]:
    """Return the answers to these commands, on one connection."""
    with stubs.connection() as sock:
        postfix = Postfix(sock)
        return [postfix.say(command) for command in commands]


@pytest.mark.parametrize(
    "rule, number, answer",
    [
        (MilterRule("reject", "CONNECT", client="192.0.2.*"), 0, b"r"),
        (MilterRule("tempfail", "HELO", helo="mail.example"), 1, b"t"),
        (MilterRule("550 5.7.1 No", "MAIL", sender="ann@x.example"), 2, b"y550 5.7.1 No\x00"),
        (MilterRule("450 4.7.1 Later", "RCPT", to="eve@lab.test"), 4, b"y450 4.7.1 Later\x00"),
        (MilterRule("accept", "DATA"), 5, b"a"),
        (MilterRule("reject", "HEADER", given={"name": "subject", "value": "*ell*"}), 6, b"r"),
        (MilterRule("discard", "EOH"), 7, b"d"),
        (MilterRule("reject", "BODY", given={"octets": "4"}), 8, b"r"),
        (MilterRule("reject", to="bob@lab.test"), 9, b"r"),
        (MilterRule("reject", helo="other"), 9, b"c"),
    ],
)
def test_each_stage(stubs: Stubs, rule: MilterRule, number: int, answer: bytes) -> None:
    """The rule answers at its stage alone; everything else goes on."""
    stubs.serve("milter", rule)
    wanted = [[b"c"]] * len(MESSAGE)
    wanted[number] = [answer]
    assert answers(stubs, *MESSAGE) == wanted


def test_refused_recipient_is_none(stubs: Stubs) -> None:
    """At the end of the message only recipients count that were not refused."""
    stubs.serve("milter", MilterRule("reject", "RCPT", to="bob@*"), MilterRule("discard", to="bob@*"), MilterRule("accept", to="eve@*"))
    assert answers(stubs, MAIL, RCPT, EVE, END) == [[b"c"], [b"r"], [b"c"], [b"a"]]


def test_changes(stubs: Stubs) -> None:
    """Each is a packet in front of the verdict; an index counts the headers of that name that are left."""
    rule = MilterRule(
        add_headers={"X-A": "1"}, change_headers={"Subject": "new"}, delete_headers="subject", add_recipients=["c@x"],
        delete_recipients="b@x", change_sender="", replace_body="b", quarantine="odd",
    )  # fmt: skip
    stubs.serve("milter", rule)
    *_, last = answers(stubs, MAIL, RCPT, SUBJECT, SUBJECT, END)
    assert last == [
        b"hX-A\x001\x00", b"m\x00\x00\x00\x01Subject\x00new\x00", b"m\x00\x00\x00\x02subject\x00\x00",
        b"m\x00\x00\x00\x01subject\x00\x00", b"+<c@x>\x00", b"-<b@x>\x00", b"e<>\x00", b"bb", b"qodd\x00", b"c",
    ]  # fmt: skip
    told = stubs.records()[-1]["answer"]
    assert told == (
        "continue; add header X-A: 1; change header Subject: new; delete header subject; add recipient c@x; "
        "delete recipient b@x; change sender ; replace body; quarantine odd"
    )


def test_record(stubs: Stubs) -> None:
    """Arguments and macros, by their names; macros are those of their command."""
    stubs.serve("milter", MilterRule("reject", "MAIL", given={"{auth_authen}": "eve"}))
    with stubs.connection() as sock:
        postfix = Postfix(sock)
        postfix.macros(b"C", b"j", b"mx.lab.test")
        postfix.say(CONNECT)
        postfix.macros(b"M", b"{auth_authen}", b"eve")
        assert postfix.say(MAIL) == [b"r"]
        postfix.say(b"Bx\xff")
    first, second, third = stubs.records()
    assert first["given"] == {"name": "mail.example", "family": "inet", "port": "4711", "address": "192.0.2.1", "j": "mx.lab.test"}
    assert second["given"] == {"sender": "<ann@x.example>", "parameters": "SIZE=9", "{auth_authen}": "eve"}
    assert (second["stage"], second["answer"], second["rule"]) == ("MAIL", "reject", 0)
    assert third["given"] == {"content": "x\xff", "octets": "2"}
    assert first["connection"] == second["connection"]


@pytest.mark.parametrize("mode, verdict", [("accept", b"c"), ("reject", b"r"), ("tempfail", b"t")])
def test_mode(stubs: Stubs, mode: str, verdict: bytes) -> None:
    """Without a rule the mode gives the verdict at the end of the message."""
    stubs.serve("milter", mode=mode)
    assert answers(stubs, MAIL, END) == [[b"c"], [verdict]]


def test_drop(stubs: Stubs) -> None:
    """The connection is closed in place of an answer."""
    stubs.serve("milter", MilterRule("DROP", "MAIL"))
    with pytest.raises(EOFError):
        answers(stubs, MAIL)


def test_second_message(stubs: Stubs) -> None:
    """The recipients of the first are not those of the second."""
    stubs.serve("milter", MilterRule("reject", to="eve@*"))
    assert [reply for [reply] in answers(stubs, MAIL, EVE, END, MAIL, RCPT, END)] == [b"c", b"c", b"r", b"c", b"c", b"c"]


def test_ipv6(stubs: Stubs) -> None:
    """An IPv6 client has its bare address."""
    stubs.serve("milter", MilterRule("reject", "CONNECT", client="2001:db8::1"))
    assert answers(stubs, b"Cx\x006" + struct.pack("!H", 1) + b"IPv6:2001:db8::1\x00") == [[b"r"]]

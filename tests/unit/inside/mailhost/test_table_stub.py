"""The server of a table that answers by rules, over both protocols."""

from __future__ import annotations

import pytest

from postfix_lab.fit.filter_rules import TableRule
from tests.unit.inside.mailhost.stubs import Stubs

RULES = (TableRule("TEMP no server", key="*@temp"), TableRule("PERM broken", key="*@perm"), TableRule("OK to %s", key="own*"))


def socketmap(stubs: Stubs, key: str) -> str:
    with stubs.connection() as sock:
        text = f"users {key}".encode()
        sock.sendall(b"%d:%s," % (len(text), text))
        return sock.recv(4096).decode()


def tcp(stubs: Stubs, key: str) -> str:
    with stubs.connection() as sock:
        sock.sendall(f"get {key}\n".encode())
        return sock.recv(4096).decode()


@pytest.mark.parametrize(
    "key, reply",
    [
        ("a@temp", "14:TEMP no server,"),
        ("a@perm", "11:PERM broken,"),
        ("own x", "11:OK to own x,"),
        ("bob", "5:OK b1,"),
        ("eve", "9:NOTFOUND ,"),
    ],
)
def test_socketmap(stubs: Stubs, key: str, reply: str) -> None:
    """Rules, then entries, then what is said to any other key; the record has name and key."""
    stubs.serve("table", *RULES, protocol="socketmap", entries={"bob": "b1"}, otherwise="NOTFOUND")
    assert socketmap(stubs, key) == reply
    assert [record["given"] for record in stubs.records()] == [{"key": key, "name": "users"}]


@pytest.mark.parametrize(
    "key, reply",
    [("a@temp", "400 no%20server\n"), ("a@perm", "400 broken\n"), ("own%20x", "200 to%20own%20x\n"), ("bob", "200 b1\n"), ("eve", "200 exists\n")],
)
def test_tcp(stubs: Stubs, key: str, reply: str) -> None:
    """Keys and values are quoted as tcp_table(5) has it."""
    stubs.serve("table", *RULES, protocol="tcp", entries={"bob": "b1"}, otherwise="OK exists")
    assert tcp(stubs, key) == reply


@pytest.mark.parametrize(
    "key, reply",
    [
        ("a@temp", "SERVER_ERROR no server\r\n"),
        ("a@perm", "SERVER_ERROR broken\r\n"),
        ("own", "VALUE own 0 6\r\nto own\r\nEND\r\n"),
        ("bob", "VALUE bob 0 2\r\nb1\r\nEND\r\n"),
        ("eve", "END\r\n"),
    ],
)
def test_memcache(stubs: Stubs, key: str, reply: str) -> None:
    """A value has its length in front."""
    stubs.serve("table", *RULES, protocol="memcache", entries={"bob": "b1"}, otherwise="NOTFOUND")
    assert tcp(stubs, key) == reply
    assert [record["given"] for record in stubs.records()] == [{"key": key}]


def test_not_found_over_tcp(stubs: Stubs) -> None:
    """500 is no error there."""
    stubs.serve("table", protocol="tcp", otherwise="NOTFOUND")
    assert tcp(stubs, "x") == "500 notfound\n"


def test_no_answer(stubs: Stubs) -> None:
    """The second lookup is met by a closed connection, the third by silence."""
    rules = TableRule("DROP", nth=2), TableRule("HANG", nth=3)
    stubs.serve("table", *rules, protocol="socketmap", otherwise="NOTFOUND")
    assert [socketmap(stubs, "a"), socketmap(stubs, "a")] == ["9:NOTFOUND ,", ""]
    with stubs.connection() as sock:
        sock.sendall(b"7:users a,")
        sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            sock.recv(1)
    assert [record["answer"] for record in stubs.records()] == ["NOTFOUND", "DROP", "HANG"]


def test_what_is_no_question(stubs: Stubs) -> None:
    """A client that speaks something else is hung up on."""
    stubs.serve("table", protocol="socketmap", otherwise="NOTFOUND")
    with stubs.connection() as sock:
        sock.sendall(b"x:")
        assert sock.recv(1) == b""

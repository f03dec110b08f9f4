"""Names and addresses that the lab's mail host has not."""

from __future__ import annotations

import pytest

from postfix_lab.errors import InputError
from postfix_lab.fit.network import HOST, in_mynetworks
from postfix_lab.postfix.files import main_cf
from tests.unit.fit.conftest import Fit, told


@pytest.mark.parametrize(
    "text, address, covered",
    [
        ("", "192.0.2.1", False), ("192.0.2.1", "192.0.2.1", True), ("192.0.2.9/24", "192.0.2.1", True),
        ("hash:/a, 192.0.2.1", "192.0.2.1", None), ("192.0.2.1, hash:/a", "192.0.2.1", True), ("192.0.2.1 hash:/a", "192.0.2.2", None),
        ("::/0", "192.0.2.1", False), ("!192.0.2.1 0.0.0.0/0", "192.0.2.1", False), ("[2001:db8::1]", "2001:db8::1", True),
    ],
)  # fmt: skip
def test_who_is_inside(text: str, address: str, *, covered: bool | None) -> None:
    """The first network that covers it decides; behind a table nobody knows."""
    assert in_mynetworks(text, address) is covered


@pytest.mark.parametrize(
    "name, good",
    [
        ("mx.a.example", True), ("mx", True), ("a" * 63, True), ("a" * 64, False), ("-a", False), ("a-", False), ("a.-b", False), ("a..b", False),
        ("a_b", False), ("a-1.b", True), ("a.b-", False), ("", False),
    ],
)  # fmt: skip
def test_a_host_name(name: str, *, good: bool) -> None:
    """Letters, digits and hyphens within (RFC 1123 section 2.1)."""
    assert (HOST.fullmatch(name) is not None) is good


def value(made: object, name: str) -> str | None:
    return main_cf.value(made.files["/etc/postfix/main.cf"].text, name)  # type: ignore[attr-defined]  # a Fitted


@pytest.mark.parametrize(
    "main, name",
    [("myhostname =\n", "mx.lab.test"), ("myhostname =\nmydomain = a.example\n", "mx.a.example"), ("myhostname = $x\nmydomain = a_b\n", "mx.lab.test")],
)
def test_a_host_without_a_name(fitted: Fit, main: str, name: str) -> None:
    """It gets one of its domain, and the report says so."""
    made = fitted(main)
    assert value(made, "myhostname") == name
    delta = told(made, "myhostname")
    assert (delta.value, delta.reason) == (name, "main.cf does not name the host, and the lab does not know its hostname(1)")


def test_a_name_that_is_none(fitted: Fit) -> None:
    """It is refused with its line."""
    with pytest.raises(InputError, match="myhostname is 'a_b', which is no host name") as refused:
        fitted("myhostname = a_b\n")
    assert refused.value.line == 5


def test_mailname(fitted: Fit) -> None:
    """Where myorigin names the file, it has the host's name."""
    made = fitted("myorigin = /etc/mailname\n")
    assert made.files["/etc/mailname"].text == "mx.lab.test\n"
    assert (told(made, "/etc/mailname").value, told(made, "/etc/mailname").line) == ("mx.lab.test", 5)
    assert told(made, "/etc/mailname").reason == "it is neither in the folder nor beside it"
    assert "/etc/mailname" not in fitted("myorigin = $mydomain\n").files


@pytest.mark.parametrize(
    "written, instead, foreign",
    [
        ("203.0.113.1", "192.0.2.25", "203.0.113.1"),
        ("localhost, 203.0.113.1 [2001:db8:1::1]", "localhost 192.0.2.25", "203.0.113.1, [2001:db8:1::1]"),
    ],
)
def test_interfaces(fitted: Fit, written: str, instead: str, foreign: str) -> None:
    """What is another machine's gives way to what is here."""
    made = fitted(f"inet_interfaces = {written}\n")
    assert value(made, "inet_interfaces").startswith(instead)  # type: ignore[union-attr]  # it is set
    assert told(made, "inet_interfaces").reason == f"{foreign}: the lab's mail host has its own addresses"


@pytest.mark.parametrize("written", ["all", "loopback-only", "localhost", "127.0.0.1, [::1]", "192.0.2.25"])
def test_interfaces_that_are_here(fitted: Fit, written: str) -> None:
    """They stay as they are written."""
    made = fitted(f"inet_interfaces = {written}\n")
    assert value(made, "inet_interfaces") == written
    assert [delta for delta in made.deltas if delta.what == "inet_interfaces"] == []


@pytest.mark.parametrize("name", ["smtp_bind_address", "lmtp_bind_address6"])
def test_an_address_to_send_from(fitted: Fit, name: str) -> None:
    """It is any, unless it is one of the mail host's."""
    made = fitted(f"{name} = 203.0.113.1\n")
    assert value(made, name) == ""
    assert (told(made, name).value, told(made, name).reason) == ("(any)", "203.0.113.1 is no address of the lab's mail host")
    assert value(fitted(f"{name} = 192.0.2.25\n"), name) == "192.0.2.25"


@pytest.mark.parametrize(
    "entry, line, what, value, reason",
    [
        ("203.0.113.5:587 inet n - y - - smtpd", "192.0.2.25:587 inet n", "203.0.113.5:587", "192.0.2.25:587", "203.0.113.5 is no address of the lab's mail host"),
        ("127.0.0.1:10025 inet n - y - - smtpd", "127.0.0.1:10025 inet n", "", "", ""),
        ("192.0.2.25:26 inet n - y - - smtpd", "192.0.2.25:26 inet n", "", "", ""),
    ],
)  # fmt: skip
def test_listeners(fitted: Fit, entry: str, line: str, what: str, value: str, reason: str) -> None:
    """A service that is bound to another machine's address gets one that is here."""
    made = fitted(master=f"{entry}\n")
    assert f"\n{line}" in made.files["/etc/postfix/master.cf"].text
    found = [(d.what, d.value, d.reason, d.line) for d in made.deltas if d.what.startswith("master.cf")]
    assert found == ([(f"master.cf {what}", value, reason, 3)] if what else [])


def test_a_port_that_is_taken(fitted: Fit) -> None:
    """The second of two is off."""
    made = fitted(master="192.0.2.25:587 inet n - y - - smtpd\n203.0.113.5:587 inet n - y - - smtpd\n")
    delta = told(made, "master.cf 203.0.113.5:587")
    assert (delta.value, delta.reason, delta.line) == ("off", "203.0.113.5 is no address here, and its port is taken", 4)

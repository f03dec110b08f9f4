"""What an MTA may be told to say, in its different spellings."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab.errors import InputError
from postfix_lab.smtp.answer import Answer
from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, TEMPFAIL, Behaviour
from postfix_lab.smtp.certificate import Certificate


def test_one_may_stand_alone() -> None:
    """An answer and a keyword need no parentheses, and a certificate is named by its word."""
    answer = Answer("RCPT", "550 5.1.1 no")
    behaviour = Behaviour(answers=answer, lacks="SMTPUTF8", tls="expired")
    assert (behaviour.answers, behaviour.lacks, behaviour.tls) == ((answer,), ("SMTPUTF8",), Certificate.EXPIRED)
    assert Behaviour(answers=[answer], lacks=["SIZE", "HELP"]).lacks == ("SIZE", "HELP")


@pytest.mark.parametrize("field", ["banner", "helo", "mail", "rcpt", "data"])
def test_what_is_no_reply(field: str) -> None:
    """Each stage's text is a whole reply."""
    said: dict[str, Any] = {field: "no"}
    with pytest.raises(InputError, match=rf"^the MTA's {field} 'no' "):
        Behaviour(**said)


def test_a_keyword_that_nobody_offers() -> None:
    """The near one is named."""
    with pytest.raises(InputError, match=r"^no MTA can lack 'SMTPUFT8'; did you mean SMTPUTF8\?$"):
        Behaviour(lacks="SMTPUFT8")


@pytest.mark.parametrize("word", ["SIZE", "8BITMIME", "SMTPUTF8", "HELP"])
def test_a_keyword_that_may_lack(word: str) -> None:
    """They are what aiosmtpd offers by itself."""
    assert Behaviour(lacks=word).lacks == (word,)


def test_a_certificate_that_there_is_none_of() -> None:
    """The near one is named here too."""
    with pytest.raises(InputError, match=r"^an MTA's tls cannot be 'expire'; did you mean expired\?$"):
        Behaviour(tls="expire")


def test_a_user_without_a_password() -> None:
    """Each user has one, as a pair or in a table."""
    with pytest.raises(InputError, match=r"^the MTA's user 'ann' has no password; write user:password$"):
        Behaviour(users=("bob:x", "ann"))
    assert Behaviour(users={"bob": "x:y"}).users == Behaviour(users=["bob:x:y"]).users == ("bob:x:y",)


def test_who_may_log_in() -> None:
    """Its users with their own passwords; without any, everybody."""
    some = Behaviour(users={"ann": "x", "bob": "y"})
    assert [some.knows("ann", "x"), some.knows("ann", "y"), some.knows("eve", "x")] == [True, False, False]
    assert Behaviour().knows("eve", "z")


def test_what_it_says_at_a_stage() -> None:
    """`data` is for the dot after the message; other stages have no reply of their own."""
    said = Behaviour(banner="220 a", helo="250 b", mail="250 c", rcpt="250 d", data="250 e")
    stages = ("CONNECT", "HELO", "MAIL", "RCPT", "MESSAGE", "DATA", "AUTH")
    assert [said.usual_reply(stage) for stage in stages] == ["220 a", "250 b", "250 c", "250 d", "250 e", None, None]


def test_the_usual_ones() -> None:
    """Accept all; refuse each recipient for good, or for now."""
    assert [one.usual_reply("RCPT") for one in (ACCEPT, REFUSE, TEMPFAIL)] == [
        None, "550 5.1.1 No such user", "451 4.3.2 Try again later",
    ]  # fmt: skip
    assert ACCEPT.tls is Certificate.NONE


@pytest.mark.parametrize(
    "given, ports, tls_ports",
    [
        ({}, (25,), ()),
        ({"ports": 587}, (587,), ()),
        ({"ports": (25, 587), "tls": "good", "tls_ports": 465}, (25, 587), (465,)),
        ({"tls": "good", "tls_ports": [465]}, (), (465,)),
    ],
)
def test_ports(given: dict[str, Any], ports: tuple[int, ...], tls_ports: tuple[int, ...]) -> None:
    """By default 25, or nowhere in the clear if TLS begins with the connection somewhere."""
    made = Behaviour(**given)
    assert (made.ports, made.tls_ports) == (ports, tls_ports)


@pytest.mark.parametrize(
    "given, told",
    [
        ({"ports": 0}, "cannot listen at port 0; ports are 1 to 65535"),
        ({"ports": 65536}, "cannot listen at port 65536"),
        ({"ports": (25, 25)}, "has port 25 twice"),
        ({"ports": 465, "tls": "good", "tls_ports": 465}, "has port 465 twice"),
        ({"tls_ports": 465}, "TLS from the start at port 465 needs a certificate, as in tls='good'"),
    ],
)
def test_ports_that_there_cannot_be(given: dict[str, Any], told: str) -> None:
    """A sentence says why."""
    with pytest.raises(InputError, match=told):
        Behaviour(**given)


def test_mechanisms_and_passwords() -> None:
    """Mechanisms are in upper case; a password may hold a colon."""
    made = Behaviour(mechanisms="cram-md5", users={"ann": "a:b"})
    assert made.mechanisms == ("CRAM-MD5",)
    assert (made.password_of("ann"), made.password_of("eve")) == ("a:b", None)

"""postscreen on port 25: who talks first, who is listed, and who gets past it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from postfix_lab import (
    Dialogue,
    MakeRemote,
    Raw,
    Scene,
    accepted,
    asked,
    connected_as,
    decided_by,
    delivered,
    early_talk,
    ended,
    logged,
    not_delivered,
    refused,
    sent,
)

pytestmark = pytest.mark.mail_host(config="strict")
Put = Callable[[str, str], None]
BOT = "203.0.113.9"


def test_a_patient_client_gets_past_it(lab: Scene, remote: MakeRemote) -> None:
    """After two seconds of silence the client is smtpd's, under its real address."""
    seen = remote("203.0.113.10", name="mail.good.example").send(sender="ann@mail.good.example")
    lab.check(
        seen,
        asked("10.113.0.203.bl.example", "A", "NXDOMAIN"),
        logged("Postscreen", action="PASS NEW"),
        connected_as("mail.good.example"),
        accepted(),
        delivered(),
    )


def test_a_listed_client_is_turned_away(lab: Scene, list_client: Put, remote: MakeRemote) -> None:
    """Two points in a block list are enough: 550 at RCPT, and smtpd never hears of it."""
    list_client("bl.example", BOT)
    seen = remote(BOT, name="bot.dialup.example").send()
    lab.check(
        seen,
        asked("9.113.0.203.bl.example", "A", answers="127.0.0.2"),
        refused("RCPT", 550, "5.7.1", "blocked using bl.example"),
    )


def test_an_allow_list_outweighs_the_block_list(lab: Scene, list_client: Put, remote: MakeRemote) -> None:
    """Two points less for who is in the other list."""
    list_client("bl.example", BOT)
    list_client("wl.example", BOT)
    seen = remote(BOT, name="mail.news.example").send(sender="ann@mail.news.example")
    lab.check(seen, connected_as("mail.news.example"), accepted())


def test_who_talks_first_is_refused(lab: Scene, remote: MakeRemote) -> None:
    """A client that greets before it is greeted may go on, and is refused each recipient."""
    bot = remote("203.0.113.43", name="bot.dialup.example")
    talk = bot.dialogue("RCPT")
    early = replace(talk, early=(Raw("EHLO bot.dialup.example\r\n", 0),), steps=(Raw("", stage="HELO"), *talk.steps[1:]))
    lab.check(
        bot.send(dialogue=early),
        logged("Postscreen", action="PREGREET"),
        refused("RCPT", 550, "5.5.1", "Protocol error"),
    )


@pytest.mark.mail_host(trace=True)
def test_who_decided_that(lab: Scene, remote: MakeRemote) -> None:
    """The parameter of main.cf by which postscreen refused, as it would be a restriction of smtpd."""
    bot = remote("203.0.113.43", name="bot.dialup.example")
    talk = bot.dialogue("RCPT")
    early = replace(talk, early=(Raw("EHLO bot.dialup.example\r\n", 0),), steps=(Raw("", stage="HELO"), *talk.steps[1:]))
    lab.check(bot.send(dialogue=early), decided_by("postscreen_greet_action", within="postscreen"))


def test_listed_and_too_early(lab: Scene, list_client: Put, remote: MakeRemote) -> None:
    """Of two tests that refuse the last one has the word."""
    list_client("bl.example", BOT)
    bot = remote(BOT, name="bot.dialup.example")
    talk = bot.dialogue("RCPT")
    early = replace(talk, early=(Raw("EHLO bot.dialup.example\r\n", 0),), steps=(Raw("", stage="HELO"), *talk.steps[1:]))
    lab.check(bot.send(dialogue=early), logged("PREGREET"), refused("RCPT", 550, "5.7.1", "blocked using bl.example"))


@pytest.mark.mail_host(main={"postscreen_bare_newline_enable": "yes"})
def test_a_test_after_the_greeting(lab: Scene, remote: MakeRemote) -> None:
    """Who passes it has to come again, for postscreen cannot hand over a session that has begun."""
    good = remote("203.0.113.10", name="mail.good.example")
    lab.check(good.send(until="RCPT"), refused("RCPT", 450, "4.3.2"), logged("Postscreen", action="PASS NEW"))
    lab.check(good.send(sender="ann@mail.good.example"), logged("Postscreen", action="PASS OLD"), accepted())


@pytest.mark.mail_host(main={"postscreen_bare_newline_enable": "yes", "postscreen_bare_newline_action": "drop"})
def test_a_line_without_its_cr(lab: Scene, remote: MakeRemote) -> None:
    """No mail server ends a command with LF alone; `drop` hangs up."""
    said = Dialogue((Raw("EHLO bot.dialup.example\n", stage="HELO"),))
    seen = remote("203.0.113.42", name="bot.dialup.example").send(dialogue=said)
    lab.check(seen, refused("HELO", 521, "5.5.1", "Protocol error"), logged("BARE NEWLINE"), ended("closed"))


def test_who_talks_first_is_a_bot(lab: Scene, remote: MakeRemote) -> None:
    """A client that speaks before the greeting, here TLS on the wrong port, is found out."""
    seen = remote("203.0.113.44", name="bot.dialup.example").send(dialogue=Dialogue(tls_on_connect=True))
    lab.check(seen, logged("Postscreen", action="PREGREET"), ended("error"))


def test_early_talk(lab: Scene, remote: MakeRemote) -> None:
    """EHLO before the banner: the other half of that (`220-`) never comes, and every recipient is refused."""
    seen = remote("203.0.113.45", name="bot.dialup.example").send(misbehaves=early_talk())
    lab.check(
        seen,
        sent("EHLO bot.dialup.example<CR><LF>", stage="CONNECT"),
        logged("Postscreen", action="PREGREET"),
        refused("RCPT", 550, "5.5.1"),
        not_delivered(),
    )


def test_the_own_list_hangs_up(lab: Scene, remote: MakeRemote) -> None:
    """Whom postscreen_access.cidr rejects is dropped before the first command."""
    seen = remote("198.51.100.66", name="bad.example").send()
    lab.check(seen, ended("closed"), logged("LISTED [198.51.100.66]"))

"""postscreen on port 25: who talks first, who is listed, and who gets past it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab import (
    Dialogue,
    MakeRemote,
    Scene,
    accepted,
    asked,
    connected_as,
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


def test_who_talks_first_is_a_bot(lab: Scene, remote: MakeRemote) -> None:
    """A client that speaks before the greeting, here TLS on the wrong port, is found out."""
    seen = remote("203.0.113.44", name="bot.dialup.example").send(dialogue=Dialogue(tls_on_connect=True))
    lab.check(seen, logged("Postscreen", action="PREGREET"), ended("error"))


def test_early_talk(lab: Scene, remote: MakeRemote) -> None:
    """EHLO behind half a banner (`220-`), whose other half never comes: no client could make sense of the reply."""
    seen = remote("203.0.113.45", name="bot.dialup.example").send(misbehaves=early_talk())
    lab.check(
        seen,
        sent("EHLO bot.dialup.example<CR><LF>", stage="CONNECT"),
        logged("Postscreen", action="PREGREET"),
        ended("error"),
        not_delivered(),
    )
    assert seen.sessions[0].error == "one reply with two codes, 220 and 250"


def test_the_own_list_hangs_up(lab: Scene, remote: MakeRemote) -> None:
    """Whom postscreen_access.cidr rejects is dropped before the first command."""
    seen = remote("198.51.100.66", name="bad.example").send()
    lab.check(seen, ended("closed"), logged("LISTED [198.51.100.66]"))

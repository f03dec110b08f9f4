"""The same in front of postscreen, which has a say before smtpd: who talks early does not get past it."""

from __future__ import annotations

import pytest

from lab import Dns, Remote, Scene, early_talk, ended, logged, not_delivered, sent

pytestmark = pytest.mark.mail_host(config="strict")


@pytest.fixture(autouse=True)
def empty_lists(dns: Dns) -> None:
    """The block and allow lists that the strict configuration asks exist and are empty."""
    for name in ("bl.example", "wl.example", "bl2.example"):
        dns.zone('@ TXT "a list of addresses"', origin=name)


def test_early_talk_to_postscreen(lab: Scene, client: Remote) -> None:
    """It is told apart by half a banner (`220-`), and never hears the other half: no client could make sense of that."""
    seen = client.send(misbehaves=early_talk())
    lab.check(
        seen,
        sent("EHLO mail.good.example<CR><LF>", stage="CONNECT"),
        logged("Postscreen", action="PREGREET"),
        ended("error"),
        not_delivered(),
    )
    assert seen.sessions[0].error == "one reply with two codes, 220 and 250"

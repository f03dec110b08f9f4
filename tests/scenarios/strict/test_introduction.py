"""What smtpd wants of those who got past postscreen: a real HELO name and a sender that can be answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import MakeRemote, Scene, asked, refused

pytestmark = pytest.mark.mail_host(config="strict")
PARTNER = "203.0.113.200"
"""postscreen_access.cidr lets it pass at once."""


@pytest.mark.parametrize(
    "helo, code, text",
    [
        ("mx.lab.test", 554, "you are not me"),
        ("[192.0.2.25]", 554, "you are not me"),
        ("win2012r2RDP", 504, "need fully-qualified hostname"),
        ("nowhere.example", 450, "Host not found"),
    ],
)
def test_helo(lab: Scene, remote: MakeRemote, helo: str, code: int, text: str) -> None:
    """Our own name, a bare word, and a name that nobody knows are refused."""
    seen = remote(PARTNER, name="mail.partner.example", helo=helo).send(sender="ann@mail.partner.example")
    lab.check(seen, refused("RCPT", code, None, text))


def test_sender_domain_that_does_not_exist(lab: Scene, remote: MakeRemote) -> None:
    """Nobody could answer this mail."""
    seen = remote(PARTNER, name="mail.partner.example").send(sender="ann@nowhere.example")
    lab.check(seen, asked("nowhere.example", "MX", "NXDOMAIN"), refused("RCPT", 450, "4.1.8", "Domain not found"))


def test_listed_elsewhere(lab: Scene, list_client: Callable[[str, str], None], remote: MakeRemote) -> None:
    """A list that smtpd asks by itself: 554 5.7.1."""
    list_client("bl2.example", PARTNER)
    seen = remote(PARTNER, name="mail.partner.example").send(sender="ann@mail.partner.example")
    lab.check(seen, refused("RCPT", 554, "5.7.1", "blocked using bl2.example"))

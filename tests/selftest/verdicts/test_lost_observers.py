"""The lab loses an eye: without a log or without DNS the verdict is unknown, whatever the checks say, and the next is sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from postfix_lab import Dns, Internet, MailHost, MakeRemote, Ptr, Scene, accepted, asked, delivered, logged, refused

pytestmark = pytest.mark.mail_host(debian=12)
Told = Callable[..., str]
Begin = Callable[[], Scene]
CLIENT = "203.0.113.10"
BLIND = 0.5
"""Seconds that a log which cannot come is waited for."""


@pytest.fixture
def sound_again(mail_host: MailHost, next_scene: Begin, remote: MakeRemote) -> Callable[[], None]:
    """What the next test sees: a mail that is asked about, accepted, delivered and logged."""

    def see() -> None:
        after = next_scene()
        seen = after.run(mail_host, remote(CLIENT, name="mail.good.example").session())
        after.check(seen, asked(CLIENT, "PTR", "NOERROR"), accepted(), delivered(), logged("Removed"))

    return see


def test_no_log_daemon(remote: MakeRemote, mail_host: MailHost, blind: Told, sound_again: Callable[[], None]) -> None:
    """Rsyslogd is gone: Postfix takes the mail as ever, and the lab does not say that it passed."""
    mail_host.lose_log()
    seen = remote(CLIENT, name="mail.good.example").send(limit=BLIND)
    assert seen.reply("MESSAGE")
    assert "was not complete after 0.5 s" in blind(seen, accepted(), without=("log-complete", "client-address"))
    sound_again()


def test_no_log_daemon_and_a_refusal(remote: MakeRemote, mail_host: MailHost, blind: Told) -> None:
    """A refusal that is just what was wanted is no better."""
    mail_host.lose_log()
    seen = remote(CLIENT, ptr=Ptr.missing()).send(limit=BLIND)
    assert "last that arrived: no line of it at all" in blind(seen, refused("RCPT", 450, "4.7.1"))


def test_no_loghost(remote: MakeRemote, internet: Internet, blind: Told, sound_again: Callable[[], None]) -> None:
    """The loghost is gone: rsyslogd keeps the lines, and they belong to nobody when they arrive at last."""
    internet.lose("loghost")
    seen = remote(CLIENT, name="mail.good.example").send(limit=BLIND)
    assert "was not complete after 0.5 s" in blind(seen, accepted())
    sound_again()


def test_no_dns(remote: MakeRemote, internet: Internet, blind: Told, sound_again: Callable[[], None]) -> None:
    """The fake DNS is gone: a client with a good name is refused, and the lab does not say that it was to be."""
    internet.lose("dns")
    seen = remote(CLIENT, name="mail.good.example").send()
    assert str(seen.reply("RCPT")).startswith("450 4.7.1 Client host rejected: cannot find your reverse hostname")
    assert "the DNS at 192.0.2.53 does not answer any more" in blind(seen, refused("RCPT", 450, "4.7.1"))
    sound_again()


@pytest.mark.mail_host(resolvers=("192.0.2.53", "2001:db8:2::53"))
def test_no_dns_at_either_address(remote: MakeRemote, internet: Internet, blind: Told) -> None:
    """Each resolver is named."""
    internet.lose("dns")
    story = blind(remote(CLIENT).send(), refused("RCPT", 450))
    assert "the DNS at 192.0.2.53 does not answer" in story
    assert "2001:db8:2::53" in story


@pytest.mark.parametrize("kind", ["TIMEOUT", "UNREACHABLE", "SERVFAIL"])
def test_a_dns_that_is_silent_because_the_world_says_so(lab: Scene, dns: Dns, remote: MakeRemote, kind: str) -> None:
    """A fault is no blindness: it is what the scenario is about."""
    dns.fault("*", kind)
    lab.check(remote(CLIENT).send(), asked(CLIENT, "PTR", kind), refused("RCPT", 450, "4.7.1"))


@pytest.mark.parametrize("eye", ["dns", "loghost"])
def test_an_eye_that_was_lost_in_another_test(
    lab: Scene, internet: Internet, eye: Literal["dns", "loghost"], sound_again: Callable[[], None]
) -> None:
    """It is there again though nobody saw that it was gone."""
    internet.lose(eye)
    sound_again()

"""A collaborator that failed in one test works in the next, on the same mail host."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from postfix_lab import Auth, MailHost, MakeRemote, Remote, Scene, Setup, accepted, delivered, ended, received_spf

pytestmark = pytest.mark.mail_host(debian=(12, 13))
FAST = {"smtpd_policy_service_timeout": "1s", "smtpd_policy_service_try_limit": "1"}
BLINDLY = ["quiet-log", "infrastructure", "log-complete", "accepted-arrives"]
ANN = Auth("ann@lab.test", "correct horse")


@pytest.fixture
def client(remote: MakeRemote) -> Remote:
    """A client that nobody has anything against."""
    return remote("203.0.113.10", name="mail.good.example")


@pytest.mark.mail_host(main=FAST)
@pytest.mark.parametrize(
    "failing",
    [
        {"spf": "crash"},
        {"spf": "hang"},
        {"spf": "missing"},
        {"spf": "wrong-user"},
        {"disk": "full"},
        {"disk": "tight"},
    ],
    ids=lambda failing: "-".join(*failing.items()),
)
def test_good_mail_right_after(lab: Scene, client: Remote, mail_host: MailHost, failing: dict[str, str]) -> None:
    """After the failure and the change to a sound setup a mail is accepted, checked and delivered."""
    sound = _broken(lab, mail_host, **failing)
    seen = client.send(data="Subject: large\n\n" + "x\n" * 30_000)
    assert [reply for reply in seen.sessions[0].exchanges if reply.reply and reply.reply.code >= 400]
    lab.check(seen, accepted("HELO"), without=BLINDLY)
    assert lab.start(mail_host.debian, sound) is mail_host
    lab.check(client.send(), accepted(), delivered(), received_spf("none"))


@pytest.mark.parametrize("how", ["absent", "wrong-owner"])
def test_submission_right_after(lab: Scene, client: Remote, mail_host: MailHost, how: str) -> None:
    """After smtpd died for want of SASL, who knows the password may submit."""
    said: dict[str, Any] = {"port": 587, "tls": True, "auth": ANN, "sender": "ann@lab.test"}
    sound = _broken(lab, mail_host, sasl=how)
    lab.check(client.send(**said), ended("closed"), without=BLINDLY)
    assert lab.start(mail_host.debian, sound) is mail_host
    lab.check(client.send(**said), accepted("AUTH"), accepted(), delivered())


@pytest.mark.mail_host(main={**FAST, "smtpd_milters": "unix:m/m", "milter_default_action": "quarantine"}, milter="absent")
def test_a_held_message(lab: Scene, client: Remote, mail_host: MailHost) -> None:
    """What is on hold does not stay in the queue for another test."""
    lab.check(client.send(), accepted(), without=BLINDLY)
    assert "empty" not in mail_host.shell("postqueue -p")
    assert mail_host.setup
    lab.start(mail_host.debian, replace(mail_host.setup, main={}, milter="accept"))
    assert "empty" in mail_host.shell("postqueue -p")


def test_daemons_that_died(lab: Scene, client: Remote, mail_host: MailHost) -> None:
    """The next test on the very same setup does not find a master(8) that starts no smtpd for a minute."""
    _broken(lab, mail_host, sasl="absent")
    for _ in range(2):
        assert mail_host.setup
        lab.start(mail_host.debian, mail_host.setup)
        seen = client.send(587, tls=True, auth=ANN)
        lab.check(seen, accepted("STARTTLS"), ended("closed"), without=BLINDLY)


def _broken(lab: Scene, mail_host: MailHost, **failing: str) -> Setup:
    """Let that fail, as another test's marker would; returns the setup as it was."""
    sound = mail_host.setup
    assert sound
    assert lab.start(mail_host.debian, replace(sound, **failing)) is mail_host  # type: ignore[arg-type]
    return sound

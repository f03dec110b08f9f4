"""postscreen's memory: whom it has tested is let through for as long as the result of each test is good.

Whom it tests before the greeting hears a first line of it, `220-`, and then waits; so the greeting tells who was tested.
"""

from __future__ import annotations

import pytest

from postfix_lab import (
    Evidence,
    MailHost,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    connected_as,
    logged,
    not_logged,
    refused,
)

DEEP = {
    "postscreen_greet_wait": "1s",
    "postscreen_dnsbl_sites": "",
    "postscreen_bare_newline_enable": "yes",
    "postscreen_non_smtp_command_enable": "yes",
    "postscreen_pipelining_enable": "yes",
}
pytestmark = pytest.mark.mail_host(config="strict", clock=True, canary=False, main=DEEP)
COME_AGAIN = refused("RCPT", 450, "4.3.2", "Service currently unavailable")
NOT_SMTPD = not_logged("Connect")
NEW, OLD = logged("Postscreen", action="PASS NEW"), logged("Postscreen", action="PASS OLD")
FORGOTTEN = "postscreen_cache full cleanup: retained=0 dropped=1"


@pytest.fixture
def client(remote: MakeRemote) -> Remote:
    """A well-behaved stranger."""
    return remote("203.0.113.10", name="mail.good.example")


def send(client: Remote) -> Evidence:
    """One mail from a domain that exists."""
    return client.send(sender="ann@mail.good.example")


def was_tested(seen: Evidence) -> bool:
    """Whether the client had to wait for the greeting."""
    greeting = seen.reply("CONNECT")
    return greeting is not None and len(greeting.lines) > 1


def test_first_time(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """The deep tests end with 450 whatever comes of them; whoever comes again is smtpd's at once, for a day.

    After more than a week of silence the client is a stranger again (postscreen_cache_retention_time).
    """
    lab.check(send(client), COME_AGAIN, NEW, NOT_SMTPD)
    for hours in (0.001, 23):
        mail_host.clock.advance(hours=hours)
        seen = send(client)
        lab.check(seen, OLD, connected_as("mail.good.example"), accepted())
        assert not was_tested(seen)
    mail_host.clock.advance(days=9)
    lab.check(send(client), logged(FORGOTTEN), COME_AGAIN, NEW, NOT_SMTPD)


@pytest.mark.mail_host(main={**DEEP, "postscreen_cache_retention_time": "40d"})
def test_each_test_has_its_own_time(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """postscreen_greet_ttl is a day, that of the deep tests 30 days: only then there is another 450."""
    lab.check(send(client), COME_AGAIN)
    mail_host.clock.advance(days=1, seconds=1)
    seen = send(client)
    lab.check(seen, OLD, accepted())
    assert was_tested(seen)
    mail_host.clock.advance(days=29)
    lab.check(send(client), COME_AGAIN, OLD, NOT_SMTPD)
    lab.check(send(client), OLD, accepted())

"""Greylisting by Debian's postgrey: who comes for the first time has to come again, five minutes later."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from postfix_lab import MailHost, MakeRemote, Scene, accepted, delivered, header, logged, may_log, refused, warned

GREYLIST = {"smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:10023"}
pytestmark = pytest.mark.mail_host(main=GREYLIST, policy="postgrey", clock=True, canary=False)
TOO_EARLY = refused("RCPT", 450, "4.2.0", "Greylisted")
HOUSEKEEPING = may_log("^(cleaning |rm /var/lib/postgrey/)")
"""postgrey tidies up its database once a day, and tells it as a warning."""


def hours_until_three(now: datetime) -> int:
    """Whole hours, at least one, after which it is three o'clock and some minutes."""
    return (26 - now.hour) % 24 + 1


def test_second_attempt(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """450 4.2.0 at first and after four minutes; after six the mail passes, and says how long it was delayed."""
    client = remote("203.0.113.10", name="mail.good.example")
    lab.check(client.send(), TOO_EARLY, logged("action=greylist, reason=new"))
    mail_host.clock.advance(minutes=4)
    lab.check(client.send(), TOO_EARLY, logged("reason=early-retry"))
    mail_host.clock.advance(minutes=2)
    lab.check(
        client.send(),
        accepted(),
        delivered(),
        header("X-Greylist", r"delayed 3[6-9]\d seconds by postgrey"),
        logged("action=pass, reason=triplet found"),
    )


@pytest.mark.mail_host(main={"smtpd_recipient_restrictions": "check_policy_service unix:private/postgrey"})
def test_by_a_socket_in_the_chroot(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """Over a UNIX socket it is the same."""
    client = remote("203.0.113.10", name="mail.good.example")
    lab.check(client.send(), TOO_EARLY)
    mail_host.clock.advance(minutes=6)
    lab.check(client.send(), accepted(), logged("action=pass"))


def test_another_sender(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """The triplet counts: the same client with another sender begins anew."""
    client = remote("203.0.113.10", name="mail.good.example")
    lab.check(client.send(), TOO_EARLY)
    mail_host.clock.advance(minutes=6)
    lab.check(client.send(sender="else@good.example"), TOO_EARLY, logged("reason=new"))


def test_first_retry_after_two_days(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """Whoever comes again only after the retry window of two days is as unknown as before."""
    client = remote("203.0.113.10", name="mail.good.example")
    lab.check(client.send(), TOO_EARLY)
    mail_host.clock.advance(days=2, hours=1)
    lab.check(client.send(), TOO_EARLY, logged("reason=new"), HOUSEKEEPING)


def test_forgotten_after_35_days(lab: Scene, mail_host: MailHost, remote: MakeRemote) -> None:
    """A triplet is forgotten 35 days after it was last seen, by whose mail comes first after two o'clock at night.

    Until then it passes, however old it is: postgrey deletes nothing during the day.
    """
    client = remote("203.0.113.10", name="mail.good.example")
    lab.check(client.send(), TOO_EARLY)
    mail_host.clock.advance(days=1)
    lab.check(client.send(), accepted(), HOUSEKEEPING)
    mail_host.clock.advance(days=36)
    at_night = hours_until_three(datetime.now(UTC) + mail_host.clock.ahead)
    mail_host.clock.advance(hours=at_night)
    stranger = remote("198.51.100.20", name="mail.stranger.example")
    cleaned = warned("cleaning main database finished. before: 2, after: 1")
    lab.check(stranger.send(sender="x@stranger.example"), TOO_EARLY, cleaned, HOUSEKEEPING)
    lab.check(client.send(), TOO_EARLY, logged("reason=new"), HOUSEKEEPING)

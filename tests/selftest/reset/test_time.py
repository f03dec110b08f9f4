"""Time that was said to pass really passed for Postfix, and is put back; where it did not, the lab goes red."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from postfix_lab import (
    TEMPFAIL,
    Dns,
    Evidence,
    InputError,
    LabError,
    MailHost,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    bounced,
    delivered,
    logged,
    refused,
    warned,
)
from postfix_lab.runtime.clock import FILE
from postfix_lab.smtp.headers import received_headers
from tests.endure.portrait import normalize

Told = Callable[..., str]
Begin = Callable[[], Scene]
CLIENT, PEER = "203.0.113.10", "203.0.113.61"
ONE_A_MINUTE = {"smtpd_client_message_rate_limit": "1"}
LATE = refused("MAIL", 450, "4.7.1", "too much mail")
pytestmark = pytest.mark.mail_host(clock=True, canary=False, debian=12)
LIBRARY = "/usr/share/postfix-lab/libfaketime.so.1"


@pytest.fixture
def client(remote: MakeRemote) -> Remote:
    """Somebody who sends."""
    return remote(CLIENT, name="mail.good.example")


def next_days(now: datetime) -> dict[str, int]:
    """How many days it is until the next day of each kind whose date looks different."""
    kinds = {"9": (None, 9), "10": (None, 10), "1 January": (1, 1), "29 February": (2, 29), "31 December": (12, 31)}
    ahead = {days: now + timedelta(days=days) for days in range(1, 8 * 366)}
    return {
        name: next(days for days, day in ahead.items() if day.day == wanted and month in (None, day.month))
        for name, (month, wanted) in kinds.items()
    }


def ahead(seen: Evidence) -> float:
    """By how many seconds the mail host dated a message later than it was delivered."""
    message = seen.delivered[0]
    return parsedate_to_datetime(str(received_headers(message.content)[0].date)).timestamp() - message.at


@pytest.mark.parametrize("day", ["9", "10", "1 January", "29 February", "31 December"])
def test_every_date_is_read(lab: Scene, mail_host: MailHost, client: Remote, day: str) -> None:
    """Postfix pads a day of one digit with a blank: the date is read, and a portrait does not keep it, on any day."""
    days = next_days(datetime.now(UTC))[day]
    mail_host.clock.advance(days=days)
    seen = client.send()
    lab.check(seen, accepted(), delivered(), warned("file system clock is [0-9]+ seconds behind"))
    assert days * 86400 - 10 < ahead(seen) < days * 86400 + 10
    assert "; DATE\r\n" in normalize(seen.delivered[0].content)


@pytest.mark.mail_host(chroot=("packaged", "off"), debian=(11, 12, 13))
def test_every_daemon_has_the_time(lab: Scene, mail_host: MailHost, client: Remote) -> None:
    """smtpd, chrooted or not, dates the message five hours ahead; the log's stamps and the world have real time."""
    mail_host.clock.advance(hours=5)
    seen = client.send()
    lab.check(seen, accepted(), delivered(), warned("file system clock is 1800[0-2] seconds behind"))
    assert 17990 < ahead(seen) < 18010
    assert abs(seen.lines[-1].at - time.time()) < 60
    assert (seen.mail_host.ahead, seen.mail_host.deltas[0].value) == (18000, "5 h ahead")


@pytest.mark.mail_host(main=ONE_A_MINUTE)
def test_no_time_passed(lab: Scene, client: Remote, red: Told) -> None:
    """Without a minute between them the second mail is refused, and a scenario that skips the minute is red."""
    lab.check(client.send(), accepted())
    assert "MAIL refused with 450 4.7.1" in red(client.send(), accepted())


@pytest.mark.mail_host(main=ONE_A_MINUTE)
def test_time_that_postfix_was_not_told_of(lab: Scene, mail_host: MailHost, client: Remote, red: Told) -> None:
    """A clock that says it moved while Postfix has the old time makes the scenario red."""
    lab.check(client.send(), accepted())
    mail_host.clock.advance(minutes=1, seconds=1)
    mail_host.write({FILE: "+0\n", f"/var/spool/postfix{FILE}": "+0\n"})
    assert "MAIL refused with 450 4.7.1" in red(client.send(), accepted())


UNDER_WAY = 'grep -q "READ .*:$(find /var/spool/postfix/active -type f -printf %i) " /proc/locks'
"""smtp(8) has a lock on the mail's file."""
QMGR = "$(grep -lx qmgr /proc/[0-9]*/comm | cut -d/ -f3)"


@pytest.fixture
def awake(mail_host: MailHost) -> Iterator[Callable[[], str]]:
    """Stops the queue manager as soon as it has given a mail to be delivered; what is given wakes it, as the end does."""
    mail_host.shell(f"(until {UNDER_WAY}; do :; done; kill -STOP {QMGR}) >/dev/null 2>&1 &")
    yield lambda: mail_host.shell(f"kill -CONT {QMGR}")
    mail_host.shell(f"kill -CONT {QMGR}")


@pytest.mark.mail_host(main={"mynetworks": f"{CLIENT}/32"})
def test_mail_that_is_not_put_aside_yet(
    lab: Scene, dns: Dns, mail_host: MailHost, remote: MakeRemote, client: Remote, awake: Callable[[], str]
) -> None:
    """No time passes while a delivery is logged and qmgr does not know of it; then the mail is tried when it is due."""
    dns.zone(f"@ MX 10 mx\nmx A {PEER}", origin="far.example")
    dns.fault("far.example", "DELAY", "MX", seconds=0.8)
    dns.fault("mx.far.example", "DELAY", "A", seconds=0.8)
    remote(PEER, name="mx.far.example", mta=TEMPFAIL)
    seen = client.send(to="carol@far.example")
    put_off = logged("Delivery", status="deferred", dsn="4.3.2")
    lab.check(seen, accepted(), put_off, without=["accepted-arrives"])
    with pytest.raises(LabError, match=f"still being delivered, .*: {seen.queue_ids[0]}"):
        mail_host.clock.advance(hours=3)
    awake()
    lab.check(lab.later(mail_host, f"{seen.queue_ids[0]}: to=", hours=3), put_off)


@pytest.fixture
def without_library(mail_host: MailHost) -> Iterator[None]:
    """The library is gone for a while."""
    mail_host.shell(f"mv {LIBRARY} {LIBRARY}.gone")
    yield
    mail_host.shell(f"mv {LIBRARY}.gone {LIBRARY}")


def test_a_library_that_is_gone(lab: Scene, mail_host: MailHost, without_library: None) -> None:
    """Nobody can be told a time without it: the lab's own error."""
    with pytest.raises(LabError, match="was put 1 h ahead, and a program that libfaketime was loaded into says otherwise"):
        mail_host.clock.advance(hours=1)


def test_what_never_comes(lab: Scene, mail_host: MailHost, blind: Told) -> None:
    """A wait for what Postfix does not do ends, and proves nothing."""
    seen = lab.later(mail_host, "status=bounced", hours=1, limit=0.2)
    assert "'status=bounced' was not logged within 0.2 s of it" in blind(seen, bounced())


@pytest.mark.mail_host(clock=False)
def test_a_mail_host_without_a_clock(lab: Scene, mail_host: MailHost) -> None:
    """Time passes only where the setup says so."""
    for move in (lambda: mail_host.clock.advance(hours=1), lambda: lab.later(mail_host, hours=1)):
        with pytest.raises(InputError, match="clock=True"):
            move()


@pytest.mark.mail_host(main={**ONE_A_MINUTE, "mynetworks": f"{CLIENT}/32"})
def test_the_next_test_has_the_worlds_time(
    lab: Scene, dns: Dns, remote: MakeRemote, mail_host: MailHost, next_scene: Begin
) -> None:
    """Clock, queue and counters are as at the start, and Postfix's own timers run."""
    dns.zone(f"@ MX 10 mx\nmx A {PEER}", origin="far.example")
    remote(PEER, name="mx.far.example", mta=TEMPFAIL)
    lab.check(remote(CLIENT).send(to="carol@far.example"), accepted(), logged("status=deferred"), without=["accepted-arrives"])
    mail_host.clock.advance(days=1)
    after = next_scene()
    assert mail_host.shell("postqueue -p").strip() == "Mail queue is empty"
    seen = after.run(mail_host, remote(CLIENT).session())
    after.check(seen, accepted(), delivered())
    assert abs(ahead(seen)) < 10
    assert (seen.mail_host.ahead, [d.what for d in seen.mail_host.deltas if d.what == "clock"]) == (0, [])


@pytest.mark.mail_host(main={"smtpd_recipient_restrictions": "check_policy_service inet:127.0.0.1:10023"}, policy="postgrey")
def test_the_next_test_meets_a_postgrey_that_knows_nobody(
    lab: Scene, mail_host: MailHost, client: Remote, next_scene: Begin
) -> None:
    """Whom postgrey let through in one test is a stranger in the next."""
    lab.check(client.send(), refused("RCPT", 450, "4.2.0"))
    mail_host.clock.advance(minutes=6)
    lab.check(client.send(), accepted())
    after = next_scene()
    after.check(after.run(mail_host, client.session()), refused("RCPT", 450, "4.2.0"), logged("reason=new"))

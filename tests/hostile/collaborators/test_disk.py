"""The disk of the queue is full: a real file system without a free block."""

from __future__ import annotations

import pytest

from postfix_lab import MailHost, Remote, Scene, accepted, delivered, may_log, refused, warned

OWN = {"smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination"}
UNLIMITED = {**OWN, "message_size_limit": "0"}
LARGE = "Subject: large\n\n" + ("x" * 70 + "\n") * 1000
NOTICE = (may_log("write queue file: No space left on device"), may_log("mail_stream_cleanup: close error"))
"""Of the message to the postmaster that tells of it (notify_classes), which finds no room either."""


@pytest.mark.mail_host(disk="full", main=OWN)
def test_full(lab: Scene, good: Remote) -> None:
    """Smtpd looks before it takes anything: 452 4.3.1 at MAIL, where less than 1.5 times message_size_limit is free."""
    full = refused("MAIL", 452, "4.3.1", "Insufficient system storage")
    lab.check(good.send(), full, warned("not enough free space in mail queue: 0 bytes"), *NOTICE)


@pytest.mark.mail_host(disk="tight", main=UNLIMITED)
def test_runs_full(lab: Scene, good: Remote, mail_host: MailHost) -> None:
    """Without message_size_limit it does not: the disk is full in the middle of the message, 451 4.3.0, and nothing stays."""
    before = mail_host.shell("find /var/spool/postfix/incoming -type f | wc -l")
    seen = good.send(data=LARGE)
    broken = refused("MESSAGE", 451, "4.3.0", "queue file write error")
    lab.check(seen, accepted("DATA"), broken, delivered(0, to="bob@lab.test"), warned("write queue file: No space left"), *NOTICE)
    assert mail_host.shell("find /var/spool/postfix/incoming -type f | wc -l") == before


@pytest.mark.mail_host(disk="tight", main=UNLIMITED)
def test_small_message(lab: Scene, good: Remote) -> None:
    """A message that fits is taken and delivered: what it used is free again."""
    lab.check(good.send(), accepted(), delivered())


@pytest.mark.mail_host(main={**OWN, "queue_minfree": "9000000000000"}, canary=False)
def test_minfree(lab: Scene, good: Remote) -> None:
    """queue_minfree asks for more than is there: the same answer, before anything is full."""
    full = refused("MAIL", 452, "4.3.1", "Insufficient system storage")
    lab.check(good.send(), full, warned("not enough free space in mail queue"), *NOTICE)

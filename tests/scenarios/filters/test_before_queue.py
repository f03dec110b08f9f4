"""`smtpd_proxy_filter`: the filter speaks before the client has its answer, and fails as the stand-in is told."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab import (
    MakeRemote,
    Remote,
    Scene,
    accepted,
    decided,
    delivered,
    not_delivered,
    replied,
    warned,
)
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End

NOT_WRITTEN = replied("RCPT", 451, "4.3.0", "queue file write error")


def proxied(word: str = "accept", **main: str) -> Any:
    """A proxy filter, and how its stand-in behaves."""
    main = {"smtpd_proxy_filter": "127.0.0.1:10024", **main}
    return pytest.mark.mail_host(config="filtered", main=main, filter=word)


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """The one host of good.example."""
    return remote("203.0.113.10", name="mail.good.example")


@proxied()
def test_passes(lab: Scene, good: Remote) -> None:
    """The client is told the queue id of the smtpd behind the filter."""
    seen = good.send(to=("bob@lab.test", "eve@lab.test"))
    lab.check(seen, accepted(), delivered(), delivered(2), delivered(1, to="eve@lab.test"))
    assert [one.queue and one.queue.end for one in outcome(seen).recipients] == [End.DELIVERED] * 2


@proxied(always_bcc="archive@lab.test")
def test_archive_gets_one_copy(lab: Scene, good: Remote) -> None:
    """Only the smtpd behind the filter puts the mail into the queue."""
    lab.check(good.send(), accepted(), delivered(2), delivered(1, to="archive@lab.test"))


@proxied("reject")
def test_refuses(lab: Scene, good: Remote) -> None:
    """The client gets the filter's own reply."""
    lab.check(good.send(), decided("reject", stage="MESSAGE", code=550, enhanced="5.7.1"), not_delivered())


@proxied("tempfail")
def test_puts_off(lab: Scene, good: Remote) -> None:
    """As well."""
    lab.check(good.send(), decided("defer", stage="MESSAGE", code=451, enhanced="4.7.1"), not_delivered())


@proxied("absent")
def test_is_absent(lab: Scene, good: Remote) -> None:
    """Smtpd asks for it at RCPT, and says what it says of a full disk; the postmaster is told, and nobody else."""
    lab.check(good.send(), NOT_WRITTEN, not_delivered(), warned("connect to proxy filter 127.0.0.1:10024"))


@proxied("hang", smtpd_proxy_timeout="1s")
def test_hangs(lab: Scene, good: Remote) -> None:
    """The same after a while."""
    lab.check(good.send(), NOT_WRITTEN, not_delivered(), warned("timeout talking to proxy 127.0.0.1:10024"))

"""A run that is seen further: what cannot come is unknown, what makes no sense is refused, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import TEMPFAIL, Dns, Evidence, InputError, MakeRemote, Remote, Scene, accepted, logged

pytestmark = pytest.mark.mail_host(debian=12, main={"relay_domains": "far.example"})
Told = Callable[..., str]


@pytest.fixture
def client(dns: Dns, remote: MakeRemote) -> Remote:
    """Who sends a mail to far.example, whose MTA never takes it."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.61", origin="far.example")
    remote("203.0.113.61", name="mx.far.example", mta=TEMPFAIL)
    return remote("203.0.113.10", name="mail.good.example")


@pytest.fixture
def deferred(client: Remote) -> Evidence:
    """A mail that waits in the queue."""
    return client.send(to="carol@far.example")


def test_each_attempt_is_seen(lab: Scene, deferred: Evidence) -> None:
    """A second and a third attempt add their lines, and the session with its reply stays."""
    third = lab.retry(lab.retry(deferred))
    lab.check(third, accepted(), logged("Delivery", status="deferred", dsn="4.3.2"))
    assert len([line for line in third.log if " status=deferred " in line.text]) == 3
    assert third.sessions == deferred.sessions


def test_a_line_that_does_not_come(lab: Scene, deferred: Evidence, blind: Told) -> None:
    """What was waited for in vain makes the verdict unknown."""
    seen = lab.further(deferred, "status=sent", limit=0.05)
    assert "the log has not got 1 lines with 'status=sent' after 0.05 s" in blind(seen, accepted())


def test_another_run_came_between(lab: Scene, client: Remote, deferred: Evidence) -> None:
    """Only the last run goes on; an earlier one is refused with a sentence."""
    lab.check(deferred, accepted(), logged("Delivery", status="deferred"))
    lab.check(client.send(), accepted())
    with pytest.raises(InputError, match="only the last run can be seen further"):
        lab.retry(deferred)


def test_what_was_seen_further_needs_a_check(lab: Scene, deferred: Evidence) -> None:
    """The evidence that takes the other's place is the one that has to be checked."""
    seen = lab.retry(deferred)
    with pytest.raises(InputError, match="1 of 1 runs were never checked"):
        lab.close()
    lab.check(seen, logged("Delivery", status="deferred"))

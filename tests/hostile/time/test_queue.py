"""How long mail waits in the queue for a host that puts it off: backoff, the warning, and the bounce after five days."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from postfix_lab import (
    ACCEPT,
    TEMPFAIL,
    Behaviour,
    MailHost,
    MakeRemote,
    Scene,
    accepted,
    delivered,
    header,
    logged,
    not_delivered,
    not_logged,
    peer_received,
)

FarMta = Callable[[Behaviour | None], None]
CLIENT, PEER = "203.0.113.10", "203.0.113.61"
MAIN = {"mynetworks": f"{CLIENT}/32", "delay_warning_time": "4h"}
pytestmark = pytest.mark.mail_host(clock=True, canary=False, main=MAIN)
PUT_OFF = logged("Delivery", status="deferred", dsn="4.3.2", recipient="carol@far.example")


@pytest.fixture
def waiting(lab: Scene, far_mta: FarMta, remote: MakeRemote) -> str:
    """The queue id of ann's mail, which far.example's MTA puts off."""
    far_mta(TEMPFAIL)
    seen = remote(CLIENT, name="mail.good.example").send(sender="ann@lab.test", to="carol@far.example")
    lab.check(seen, accepted(), PUT_OFF, without=["accepted-arrives"])
    return str(seen.queue_ids[0])


def test_backoff(lab: Scene, mail_host: MailHost, waiting: str) -> None:
    """Each wait is as long as the mail is old, at least five minutes and at most 4000 seconds.

    Had it been tried in the `early` part of a wait, it would not be due at the end of it.
    """
    for early, rest in ((0, 330), (0, 400), (320, 480), (1000, 600), (2700, 500), (3600, 470)):
        if early:
            mail_host.clock.advance(seconds=early)
        seen = lab.later(mail_host, f"{waiting}: to=<carol@far.example>", seconds=rest)
        lab.check(seen, PUT_OFF)


def test_taken_in_the_end(lab: Scene, far_mta: FarMta, mail_host: MailHost, waiting: str) -> None:
    """A host that takes it an hour later gets it, and nobody is bothered with a warning."""
    far_mta(ACCEPT)
    seen = lab.later(mail_host, f"{waiting}: removed", hours=1)
    lab.check(seen, peer_received(PEER, to="carol@far.example"), not_delivered())


def test_warning_after_four_hours(lab: Scene, mail_host: MailHost, waiting: str) -> None:
    """delay_warning_time: ann is told once that her mail is late."""
    seen = lab.later(mail_host, f"{waiting}: to=", hours=3)
    lab.check(seen, PUT_OFF, not_logged("delay notification"))
    seen = lab.later(mail_host, "to=<ann@lab.test>", hours=2)
    warning = header("Subject", "Delayed Mail (still being retried)")
    lab.check(seen, PUT_OFF, logged("sender delay notification"), delivered(to="ann@lab.test"), warning)
    seen = lab.later(mail_host, f"{waiting}: to=", hours=2)
    lab.check(seen, PUT_OFF, not_logged("delay notification"))


@pytest.mark.mail_host(main={**MAIN, "delay_warning_time": "0"})
def test_bounced_after_five_days(lab: Scene, mail_host: MailHost, waiting: str) -> None:
    """maximal_queue_lifetime: an hour before it is put off once more, an hour after it goes back to its sender."""
    seen = lab.later(mail_host, f"{waiting}: to=", days=4, hours=23)
    lab.check(seen, PUT_OFF, not_logged("ReturnedExpired"))
    seen = lab.later(mail_host, f"{waiting}: removed", "to=<ann@lab.test>", hours=2)
    lab.check(
        seen,
        PUT_OFF,
        logged("ReturnedExpired", sender="ann@lab.test"),
        delivered(to="ann@lab.test"),
        header("Subject", "Undelivered Mail Returned to Sender"),
    )

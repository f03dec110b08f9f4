"""A next hop that fails at the first attempt and works at the second, and one that fails for one recipient of several."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from postfix_lab import (
    Answer,
    Behaviour,
    Check,
    Dns,
    Evidence,
    MakeRemote,
    Scene,
    asked,
    bounced,
    logged,
    peer_received,
)

pytestmark = pytest.mark.mail_host(config="gateway")
HandOn = Callable[[Mapping[str, Behaviour]], Evidence]
Fate = Callable[..., Check]
SECOND_TIME = {
    "greylists": Answer("RCPT", "450 4.2.0 Greylisted", nth=1),
    "drops": Answer("MESSAGE", "DROP", nth=1),
    "hangs": Answer("CONNECT", "HANG", nth=1),
    "closes": Answer("CONNECT", "421 4.3.2 Busy", nth=1),
}


def test_works_at_the_second_attempt(lab: Scene, hand_on: HandOn, fate: Fate) -> None:
    """What is deferred stays in the queue, and the next queue run delivers it, once."""
    first = hand_on({name: Behaviour(answers=answer) for name, answer in SECOND_TIME.items()})
    seen = lab.retry(first)
    lab.check(
        seen,
        *(fate(name, "deferred") for name in SECOND_TIME),
        *(fate(name, "sent") for name in SECOND_TIME),
        *(peer_received(f"198.51.100.{number}") for number in range(len(SECOND_TIME))),
    )
    assert len(seen.messages) == len(SECOND_TIME)


@pytest.mark.parametrize("says", ["421 4.3.2 Busy", "554 5.3.2 No service", "DROP"])
def test_second_address(lab: Scene, dns: Dns, remote: MakeRemote, says: str) -> None:
    """A greeting that fails makes smtp(8) try the next address at once, 5xx too (smtp_skip_5xx_greeting)."""
    dns.zone("@ MX 10 mx", origin="far.example")
    hop = Behaviour(answers=Answer("CONNECT", says, nth=1))
    remote("198.51.100.7", "2001:db8:198::7", name="mx.far.example", mta=hop)
    seen = remote("203.0.113.10", name="mail.good.example").send(to="carol@far.example")
    lab.check(
        seen,
        asked("mx.far.example", "A"),
        asked("mx.far.example", "AAAA"),
        logged("Delivery", recipient="carol@far.example", status="sent"),
    )
    assert len({answered.server for answered in seen.answered} | {seen.messages[0].server}) == 2


def test_one_recipient_of_several(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """Each recipient has his own fate, and those who are taken do not wait for the others."""
    dns.zone("@ MX 10 mx", origin="far.example")
    answers = Answer("RCPT", "550 5.1.1 Gone", to="gone@far.example"), Answer("RCPT", "452 4.2.2 Full", to="full@far.example")
    remote("198.51.100.7", name="mx.far.example", mta=Behaviour(answers=answers))
    to = ("carol@far.example", "gone@far.example", "full@far.example")
    seen = remote("203.0.113.10", name="mail.good.example").send(sender="ann@lab.test", to=to)
    lab.check(
        seen,
        logged("Delivery", recipient="carol@far.example", status="sent"),
        bounced(to="gone@far.example"),
        logged("Delivery", recipient="full@far.example", status="deferred", dsn="4.2.2"),
    )
    assert [message.recipients for message in seen.messages if message.protocol == "ESMTP"] == [("carol@far.example",)]


def test_one_recipient_at_a_time(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    """452 to the second RCPT of a session defers that recipient alone, and the next attempt takes him."""
    dns.zone("@ MX 10 mx", origin="far.example")
    hop = Behaviour(answers=Answer("RCPT", "452 4.5.3 Too many recipients", nth=2))
    remote("198.51.100.7", name="mx.far.example", mta=hop)
    to = ("carol@far.example", "dave@far.example")
    first = remote("203.0.113.10", name="mail.good.example").send(to=to)
    seen = lab.retry(first)
    lab.check(seen, logged("Delivery", status="deferred", dsn="4.5.3"), peer_received("198.51.100.7"))
    assert sorted(message.recipients[0] for message in seen.messages) == list(to)

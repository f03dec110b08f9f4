"""The life of a message and of master(8)."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.log.events import (
    Bounced,
    Delivery,
    Event,
    MessageId,
    PickedUp,
    Queued,
    Removed,
    ReturnedExpired,
)
from postfix_lab.postfix.log.master_events import MasterStarted, Reloaded, Stopped
from postfix_lab.postfix.log.queue_lines import parse_master, parse_queue


@pytest.mark.parametrize(
    "text, event",
    [
        ("removed", Removed()),
        ("removed (canceled)", Removed("canceled")),
        ("message-id=<a@b>", MessageId("<a@b>")),
        ("resent-message-id=<a=b@c>", MessageId("<a=b@c>")),
        ("from=<a@b>, size=400, nrcpt=2 (queue active)", Queued("a@b", 400, 2)),
        ("from=<>, status=expired, returned to sender", ReturnedExpired("", "expired", "returned to sender")),
        ("from=<a>, status=force-expired, x", ReturnedExpired("a", "force-expired", "x")),
        ("from=<a>, status=sent", None),
        ("sender non-delivery notification: 4ABC", Bounced("sender non-delivery", "4ABC")),
        ("uid=33 from=<www>", PickedUp(33, "www")),
        ("uid=0 from=<a@b> orig_id=4ABC", PickedUp(0, "a@b", "4ABC")),
        ("client=a[b]", None),
    ],
)
def test_a_line_with_a_queue_id(text: str, event: Event | None) -> None:
    """Each kind with its fields; what has none is nothing."""
    assert parse_queue(text) == event


TAIL = "delay=1.5, delays=0.1/0/0.4/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)"


@pytest.mark.parametrize(
    "text, event",
    [
        (
            f"to=<b@c>, relay=mx[192.0.2.1]:25, {TAIL}",
            Delivery("b@c", "sent", "250 2.0.0 Ok", "mx", None, "192.0.2.1", 25, "2.0.0", 1.5, (0.1, 0.0, 0.4, 1.0)),
        ),
        (
            f"to=<b@c>, orig_to=<root>, relay=local, {TAIL}",
            Delivery("b@c", "sent", "250 2.0.0 Ok", "local", "root", None, None, "2.0.0", 1.5, (0.1, 0.0, 0.4, 1.0)),
        ),
        ("to=<b>, relay=none, status=deferred", Delivery("b", "deferred", "", "none")),
        ("to=<b>, relay=none, delay=x, delays=1/y, status=SOFTBOUNCE (z)", Delivery("b", "SOFTBOUNCE", "z", "none")),
        ('to=<"x>, relay=y"@c>, relay=none, status=sent', Delivery('"x>, relay=y"@c', "sent", "", "none")),
        ("to=<a b>, relay=none, status=sent", Delivery("a b", "sent", "", "none")),
        ("to=<a b>, orig_to=<c d>, relay=none, status=sent", Delivery("a b", "sent", "", "none", "c d")),
        ("to=<a b>, orig_to=<c d, status=sent", None),
        ("to=<b>, relay=none", None),
        ("to=<b, status=sent", None),
        ("to=<b>, relay=none, status=sent trailing", None),
    ],
)
def test_a_delivery(text: str, event: Delivery | None) -> None:
    """One recipient in one attempt; numbers that are none are left out."""
    assert parse_queue(text) == event


def test_a_forward_has_its_new_id() -> None:
    """local(8) says it as the reason, and nothing else before it."""
    told = [parse_queue(f"to=<b>, relay=local, status=sent ({reason})") for reason in ("forwarded as 4X", "was forwarded as 4X", "ok")]
    assert [event.forward_queue_id for event in told if isinstance(event, Delivery)] == ["4X", None, None]


@pytest.mark.parametrize(
    "text, event",
    [
        ("daemon started -- version 3.7.11, configuration /etc/postfix", MasterStarted("3.7.11")),
        ("reload -- version 3.5.25, configuration /etc/postfix", Reloaded("3.5.25")),
        ("terminating on signal 15", Stopped(15)),
        ("warning: process x", None),
    ],
)
def test_master(text: str, event: Event | None) -> None:
    """It starts, reads its files again, and ends."""
    assert parse_master(text) == event

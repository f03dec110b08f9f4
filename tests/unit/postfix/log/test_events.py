"""Events: how a client is written, and what a delivery says about a message that was sent on."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import get_args

import pytest

from postfix_lab.postfix.log import events
from postfix_lab.postfix.log.events import Client, Delivery


@pytest.mark.parametrize(
    "client, text",
    [
        (Client("mx.a.example", "192.0.2.1"), "mx.a.example[192.0.2.1]"),
        (Client("unknown", "2001:db8::1", 1000), "unknown[2001:db8::1]:1000"),
        (Client("", "192.0.2.1", 0), "[192.0.2.1]:0"),
    ],
)
def test_a_client_as_postfix_writes_it(client: Client, text: str) -> None:
    """With its port where that is logged."""
    assert str(client) == text


@pytest.mark.parametrize(
    "reason, queue_id",
    [
        ("forwarded as 8B8491925A4", "8B8491925A4"),
        ("delivered to mailbox", None),
        ("250 2.0.0 Ok: forwarded as 8B8491925A4", None),
        ("", None),
    ],
)
def test_a_message_that_local_sent_on(reason: str, queue_id: str | None) -> None:
    """Local(8) begins with these words; a remote server may say them in its reply."""
    assert Delivery("bob@a.example", "sent", reason, "local").forward_queue_id == queue_id


def test_events_are_frozen_and_one_of_the_union() -> None:
    """A field of an event is what a check asks for by its name."""
    classes = get_args(events.Event)
    assert len(classes) > 20
    assert [one.__name__ for one in classes if not is_dataclass(one) or not vars(one)["__dataclass_params__"].frozen] == []
    assert {field.name for field in fields(Delivery)} >= {"recipient", "status", "dsn", "relay"}

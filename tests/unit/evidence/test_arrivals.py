"""Each copy that arrived is tied to its delivery, with and without a Received header."""

from __future__ import annotations

import pytest

from postfix_lab.evidence.arrivals import arrivals, chains, count_messages
from tests.unit.evidence_builder import CONTENT, GOOD_LOG, QUEUE_ID, SINK, evidence, log_of, message

NEXT = "4BBBB12345"
BARE = "Subject: lab\r\n\r\nHello.\r\n"
SENT = GOOD_LOG[4]


def ids(*messages: object, log: tuple[str, ...] = GOOD_LOG) -> list[str]:
    """The queue id of each copy."""
    return [copy.queue_id for copy in arrivals(evidence(log=log_of(*log), messages=messages))]


@pytest.mark.parametrize(
    "content",
    [CONTENT, BARE, f"Received: from user (mx.lab.test [192.0.2.25])\r\n{BARE}", CONTENT.replace(QUEUE_ID, "4FFFF99999")],
    ids=["as it is", "no header", "rewritten", "of another MTA"],
)
def test_header_or_delivery_line_tells(content: str) -> None:
    """A delivery to that server and recipient is the copy's own if no header says otherwise."""
    assert ids(message(content=content)) == [QUEUE_ID]


def test_nothing_tells() -> None:
    """A copy at another server, or for somebody else, belongs to no delivery."""
    assert ids(message(content=BARE, server="203.0.113.60")) == [""]
    assert ids(message(content=BARE, recipients=("eve@lab.test",))) == [""]


def test_message_id_tells_two_mails_to_one_recipient_apart() -> None:
    """Though the second one arrives first."""
    log = (
        f"cleanup: {QUEUE_ID}: message-id=<m1@good.example>", f"cleanup: {NEXT}: message-id=<m2@good.example>",
        SENT, SENT.replace(QUEUE_ID, NEXT),
    )  # fmt: skip
    second, first = (message(content=f"Message-ID: <{name}@good.example>\r\n{BARE}") for name in ("m2", "m1"))
    assert ids(second, first, log=log) == [NEXT, QUEUE_ID]


def test_each_delivery_brings_one_copy() -> None:
    """Two recipients of a transaction are two copies, and so is one recipient named twice."""
    assert ids(message(content=BARE, recipients=("bob@lab.test", "bob@lab.test")), log=(SENT, SENT)) == [QUEUE_ID] * 2
    assert ids(message(content=BARE), message(content=BARE), log=(SENT,)) == [QUEUE_ID, ""]


@pytest.mark.parametrize("relay", ["maildrop", "mx.lab.test[private/dovecot-lmtp]", "127.0.0.1[127.0.0.1]:24"])
def test_socket_or_program_may_lead_to_the_sink(relay: str) -> None:
    """The log names the stand-in, and not the sink behind it."""
    assert ids(message(content=BARE), log=(SENT.replace(f"{SINK}[{SINK}]:24", relay),)) == [QUEUE_ID]


def test_chains_of_headers() -> None:
    """The header below is of the earlier hop."""
    content = f"Received: by mx.lab.test (Postfix, from userid 65534) id {NEXT}; now\r\n{CONTENT}"
    assert list(chains(evidence(messages=(message(content=content),)))) == [(QUEUE_ID, NEXT)]


def test_messages_are_counted() -> None:
    """Recipients split over two transactions got one message; one who is in both got two."""
    split = [message(content=BARE), message(content=BARE, recipients=("eve@lab.test",))]
    log = (SENT, SENT.replace("bob@", "eve@"))
    assert count_messages(arrivals(evidence(log=log_of(*log), messages=split))) == 1
    assert count_messages(arrivals(evidence(log=log_of(SENT, SENT), messages=[message(), message()]))) == 2
    twice = message(recipients=("bob@lab.test", "bob@lab.test"))
    assert count_messages(arrivals(evidence(log=log_of(SENT, SENT), messages=[twice]))) == 1


def test_a_copy_that_was_discarded_did_not_arrive() -> None:
    """discard(8) logs `status=sent` without a relay."""
    assert ids(message(content=BARE), log=(SENT.replace(f"{SINK}[{SINK}]:24", "none"),)) == [""]

"""Copies and forwarding: each copy is counted where it arrives."""

from __future__ import annotations

import pytest

from postfix_lab import (
    ACCEPT,
    Dns,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    delivered,
    logged,
    not_delivered,
    peer_received,
    refused,
)
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End

BCC = {
    "sender_bcc_maps": "inline:{ann@good.example=of-ann@lab.test}",
    "recipient_bcc_maps": "inline:{bob@lab.test=of-bob@lab.test}",
}


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """The one host of good.example."""
    return remote("203.0.113.10", name="mail.good.example")


@pytest.fixture(autouse=True)
def far(dns: Dns, remote: MakeRemote) -> None:
    """An MTA that takes all mail for far.example."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.60", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=ACCEPT)


@pytest.mark.mail_host(main=BCC)
def test_bcc_maps(lab: Scene, good: Remote) -> None:
    """One copy for each; no Bcc is in anybody's envelope twice."""
    copies = [delivered(1, to=f"{name}@lab.test") for name in ("bob", "of-ann", "of-bob")]
    lab.check(good.send(to="bob@lab.test"), accepted(), delivered(), delivered(3), *copies)


@pytest.mark.mail_host(main={"virtual_alias_maps": "inline:{{bob@lab.test=bob@far.example, eve@lab.test}}"})
def test_virtual_alias_leads_elsewhere(lab: Scene, good: Remote) -> None:
    """One copy leaves, one stays."""
    seen = good.send(to="bob@lab.test")
    lab.check(
        seen, accepted(), delivered(1, to="eve@lab.test"), delivered(0, to="bob@lab.test"),
        peer_received("203.0.113.60", sender="ann@good.example", to="bob@far.example"),
    )  # fmt: skip
    queue = outcome(seen).message.queue
    assert queue is not None
    assert (queue.copies, set(queue.addresses)) == (2, {"eve@lab.test", "bob@far.example"})


@pytest.mark.mail_host(config="filtered", delivery="as-configured", main={"forward_path": "/etc/postfix/forward-$user"})
def test_dot_forward_leads_elsewhere(lab: Scene, good: Remote) -> None:
    """local(8) gives it another queue id."""
    seen = good.send(to="mail@lab.test")
    lab.check(seen, accepted(), not_delivered(), peer_received("203.0.113.60", to="bob@far.example"))
    queue = outcome(seen).message.queue
    assert queue is not None
    assert (queue.end, queue.copies, len(queue.queue_ids)) == (End.DELIVERED, 1, 2)


@pytest.mark.mail_host(config="filtered", delivery="as-configured", main={"mail_spool_directory": "/tmp/spool/"})
def test_mailbox_is_an_arrival(lab: Scene, good: Remote) -> None:
    """What local(8) stores is delivered, though the sink has not got it."""
    seen = good.send(to="mail@lab.test")
    verdict = not_delivered().look(seen)
    lab.check(seen, accepted(), logged("Delivery", reason="delivered to maildir"))
    assert (verdict.ok, "delivered to maildir" in verdict.got) == (False, True)


@pytest.mark.mail_host(main={"notify_classes": "policy"})
def test_notice_to_the_postmaster_is_no_copy(lab: Scene, good: Remote) -> None:
    """It is waited for all the same, so that it is not the next test's."""
    seen = good.send(to="x@nowhere.example")
    lab.check(seen, refused("RCPT", 554), not_delivered(), delivered(0), delivered(1, to="postmaster@lab.test"))

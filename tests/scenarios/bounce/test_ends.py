"""An accepted mail need not arrive: tables hold, discard, redirect and filter it, and a bounce may come back to nobody."""

from __future__ import annotations

import pytest

from postfix_lab import (
    REFUSE,
    Behaviour,
    Dns,
    Evidence,
    MakeRemote,
    Remote,
    Scene,
    accepted,
    bounced,
    decided,
    decided_by,
    delivered,
    not_delivered,
    peer_received,
)
from postfix_lab.runtime.mail_host import MailHost
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End, QueueOutcome

FILTER = "203.0.113.40"
TABLES = {
    "smtpd_sender_restrictions": f"check_client_access inline:{{{{{FILTER}=permit}}}}, check_sender_access "
    "inline:{{hold@good.example=HOLD}, {gone@good.example=DISCARD}, {moved@good.example=REDIRECT eve@lab.test}, "
    f"{{seen@good.example=FILTER smtp:[{FILTER}]:25}}}}",
    "local_recipient_maps": "inline:{{bob=x},{eve=x},{ann=x},{postmaster=x}}",
}
TEXT = "Subject: x\nMessage-ID: <m1@good.example>\n\nHello.\n"


@pytest.fixture
def good(remote: MakeRemote) -> Remote:
    """The one host of good.example."""
    return remote("203.0.113.10", name="mail.good.example")


def end(seen: Evidence) -> QueueOutcome:
    """What the queue made of the first session's message, for its one recipient."""
    (one,) = outcome(seen).recipients
    assert one.queue is not None
    return one.queue


@pytest.mark.mail_host(main=TABLES)
@pytest.mark.parametrize("sender, wanted", [("hold", End.HELD), ("gone", End.DISCARDED)])
def test_table_keeps_it_from_the_queue(lab: Scene, good: Remote, sender: str, wanted: End) -> None:
    """The client hears `queued as` all the same."""
    seen = good.send(sender=f"{sender}@good.example")
    lab.check(seen, decided("accept", stage="MESSAGE"), not_delivered(), without=["accepted-arrives"])
    assert (end(seen).end, end(seen).copies) == (wanted, 0)


@pytest.mark.mail_host(main=TABLES)
def test_table_redirects_it(lab: Scene, good: Remote) -> None:
    """Eve gets what was bob's."""
    seen = good.send(sender="moved@good.example")
    lab.check(seen, accepted(), delivered(to="eve@lab.test"))
    assert (end(seen).end, end(seen).addresses, end(seen).copies) == (End.REDIRECTED, ("eve@lab.test",), 1)


@pytest.mark.mail_host(main=TABLES)
def test_filter_gives_it_back(lab: Scene, good: Remote, remote: MakeRemote, mail_host: MailHost) -> None:
    """It has another queue id then, under which bob gets it once."""
    remote(FILTER, name="filter.example", mta=Behaviour(forward_to=mail_host.addresses[0]))
    seen = lab.further(good.send(sender="seen@good.example", data=TEXT), ": removed", 2)
    lab.check(seen, accepted(), delivered(to="bob@lab.test"), peer_received(FILTER, to="bob@lab.test"))
    found = end(seen)
    assert (found.end, found.copies, len(found.queue_ids)) == (End.DELIVERED, 1, 2)


@pytest.mark.mail_host(main=TABLES)
def test_filter_keeps_it(lab: Scene, good: Remote, remote: MakeRemote) -> None:
    """Nobody knows what became of it."""
    remote(FILTER, name="filter.example", mta=Behaviour())
    seen = good.send(sender="seen@good.example", data=TEXT)
    lab.check(seen, accepted(), not_delivered(), peer_received(FILTER, to="bob@lab.test"))
    assert end(seen).end is End.FILTERED


@pytest.mark.mail_host(main={"virtual_alias_maps": "inline:{moved@lab.test=bob@far.example}"})
@pytest.mark.parametrize("sender, wanted", [("", End.RETURNED_TO_NOBODY), ("ann@worse.example", End.BOUNCE_FAILED)])
def test_bounce_that_nobody_gets(
    lab: Scene, dns: Dns, remote: MakeRemote, good: Remote, sender: str, wanted: End
) -> None:
    """An empty sender is told nothing, and one whose MTA refuses the notice has not got it."""
    for number, name in ((61, "far"), (62, "worse")):
        dns.zone(f"@ MX 10 mx\nmx A 203.0.113.{number}", origin=f"{name}.example")
        remote(f"203.0.113.{number}", name=f"mx.{name}.example", mta=REFUSE)
    seen = good.send(sender=sender, to="moved@lab.test")
    notice = [bounced(to=sender)] if sender else []
    lab.check(seen, accepted(), bounced(to="bob@far.example"), *notice)
    assert end(seen).end is wanted


@pytest.mark.mail_host(trace=True)
def test_each_recipient_is_decided_about(lab: Scene, good: Remote) -> None:
    """The message is taken for bob, while a restriction refuses to relay."""
    lab.check(
        good.send(to=("bob@lab.test", "x@far.example")),
        decided("accept", recipient="bob@lab.test"),
        decided("reject", code=554, recipient="x@far.example"),
        decided_by("reject_unauth_destination", recipient="x@far.example"),
        delivered(to="bob@lab.test"),
    )

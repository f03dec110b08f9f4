"""A mail whose Received header was taken out or rewritten is found all the same where it arrives."""

from __future__ import annotations

from typing import Any

import pytest

from postfix_lab import Behaviour, Dns, MakeRemote, Scene, accepted, delivered, peer_received
from postfix_lab.verdict.evidence_outcome import outcome
from postfix_lab.verdict.queue_outcome import End

IGNORED, REWRITTEN = "regexp:/etc/postfix/received-removed", "regexp:/etc/postfix/received-rewritten"
OFTEN = 5


def removed(checks: str, table: str = IGNORED) -> Any:
    """These header checks with that table."""
    return pytest.mark.mail_host(config="filtered", main={checks: table, "relay_domains": "far.example"})


CASES = [
    pytest.param("ignored", marks=removed("header_checks")),
    pytest.param("rewritten", marks=removed("header_checks", REWRITTEN)),
    pytest.param("ignored by smtp", marks=removed("smtp_header_checks")),
    pytest.param("ignored by lmtp", marks=removed("lmtp_header_checks")),
]


@pytest.mark.parametrize("_case", CASES)
def test_it_is_found(lab: Scene, dns: Dns, remote: MakeRemote, _case: str) -> None:
    """At the sink and at a remote MTA, whose reply is its own; without a Message-ID, too."""
    dns.zone("@ MX 10 mx\nmx A 203.0.113.60", origin="far.example")
    remote("203.0.113.60", name="mx.far.example", mta=Behaviour(data="250 2.0.0 thank you"))
    seen = remote("203.0.113.10", name="mail.good.example").send(to=("bob@lab.test", "carol@far.example"))
    lab.check(seen, accepted(), delivered(1, to="bob@lab.test"), peer_received("203.0.113.60", to="carol@far.example"))
    for one in outcome(seen).recipients:
        assert one.queue is not None
        assert (one.queue.end, one.queue.copies) == (End.DELIVERED, 1)


@removed("header_checks")
def test_many_at_a_time(lab: Scene, remote: MakeRemote) -> None:
    """Each of several mails to one recipient has its own copy."""
    clients = [remote(f"203.0.113.{number}", name=f"mail{number}.good.example") for number in range(11, 11 + OFTEN)]
    seen = lab.run(clients[0].mail_host, *(client.session(to="bob@lab.test") for client in clients))
    lab.check(seen, *(accepted(session=number) for number in range(OFTEN)), delivered(OFTEN, to="bob@lab.test"))
    assert [one.message.queue and one.message.queue.copies for one in map(outcome, [seen] * OFTEN, range(OFTEN))] == [1] * OFTEN

"""A mail for each next hop, all at once: each hop has a domain of its own below far.example."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from postfix_lab import Behaviour, Check, Dns, Evidence, MailHost, MakeRemote, Scene, logged

HandOn = Callable[[Mapping[str, Behaviour]], Evidence]


@pytest.fixture
def hand_on(lab: Scene, dns: Dns, mail_host: MailHost, remote: MakeRemote) -> HandOn:
    """`hand_on({"hop": behaviour})`: a mail to carol@hop.far.example, whose MX is mx.hop.far.example, from ann@lab.test."""
    client = remote("203.0.113.10", name="mail.good.example")

    def send(hops: Mapping[str, Behaviour]) -> Evidence:
        for number, (name, behaviour) in enumerate(hops.items()):
            dns.zone(f"@ MX 10 mx\nmx A 198.51.100.{number}", origin=f"{name}.far.example")
            remote(f"198.51.100.{number}", name=f"mx.{name}.far.example", mta=behaviour)
        to = [f"carol@{name}.far.example" for name in hops]
        return lab.run(mail_host, *(client.session(sender="ann@lab.test", to=recipient) for recipient in to))

    return send


@pytest.fixture
def fate() -> Callable[..., Check]:
    """`fate("hop", "deferred", dsn="4.3.2")`: what became of the mail for that hop."""
    return lambda hop, status, **wanted: logged("Delivery", recipient=f"carol@{hop}.far.example", status=status, **wanted)

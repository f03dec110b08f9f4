"""`v=spf1 mx -all`, the record of a one-host domain: whoever receives for it may send for it, nobody else."""

from __future__ import annotations

import pytest

from postfix_lab import (
    Dns,
    MakeRemote,
    Scene,
    accepted,
    asked,
    asked_in_order,
    delivered,
    logged,
    not_delivered,
    received_spf,
    refused,
    zone_file,
)
from postfix_lab.paths import ZONES

GOOD = zone_file(ZONES / "good.example.zone")


@pytest.mark.parametrize("address, rtype", [("203.0.113.10", "A"), ("2001:db8:113::10", "AAAA")])
def test_the_host_in_the_mx_record_passes(
    lab: Scene, dns: Dns, remote: MakeRemote, receiver: str, address: str, rtype: str
) -> None:
    """The domain's own mail exchanger passes, and the delivered message says so field by field."""
    dns.zone(GOOD)
    seen = remote(address, name="mail.good.example").send(sender="Ann@Good.example")
    lab.check(
        seen,
        asked_in_order(("good.example", "TXT"), ("good.example", "MX"), ("mail.good.example", rtype)),
        accepted(),
        delivered(to="bob@lab.test"),
        received_spf(
            "pass", comment="mailfrom", identity="mailfrom", client_ip=address, helo="mail.good.example",
            envelope_from="ann@good.example", receiver=receiver,
        ),
        logged("PolicySpf", action="prepend", result="Pass", identity="mailfrom", envelope_from="ann@good.example"),
    )  # fmt: skip


@pytest.mark.parametrize("address", ["203.0.113.99", "2001:db8:113::99"])
def test_another_host_fails(lab: Scene, dns: Dns, remote: MakeRemote, address: str) -> None:
    """A host that the MX record does not name is refused with 550 5.7.23, whatever its PTR says."""
    dns.zone(GOOD)
    seen = remote(address, name="mail.stranger.example").send(sender="ann@good.example")
    lab.check(
        seen,
        asked(address, "PTR", answers="mail.stranger.example"),
        asked("good.example", "MX", answers="10 mail.good.example"),
        refused("RCPT", 550, "5.7.23", "Message rejected due to: SPF fail - not authorized"),
        logged("PolicySpf", action="reject", code="550", enhanced="5.7.23", result="Fail", identity="mailfrom"),
        logged("Reject", stage="RCPT", code=550, enhanced="5.7.23", sender="ann@good.example"),
        not_delivered(),
    )

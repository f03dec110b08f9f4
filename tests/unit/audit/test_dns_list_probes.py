"""Refusals of DNS lists."""

from __future__ import annotations

from postfix_lab.audit import dns_list_probes
from postfix_lab.audit.trial import Aim
from postfix_lab.dns.zone import Zone
from postfix_lab.fit.dns_lists import DnsList
from tests.unit.audit.conftest import Write

LISTS = (
    DnsList("bl.example", "reject_rbl_client", "127.0.0.2"),
    DnsList("wl.example", "permit_dnswl_client", "127.0.0.2", blocks=False),
    DnsList("bl.example", "reject_rhsbl_sender", "127.0.0.2"),
)


def test_each_list_refuses_a_client_of_its_own(write: Write) -> None:
    """By its address and by the domain of its sender; a list that is named twice is tried once."""
    draft = write().draft
    first, second = dns_list_probes.trials(draft, draft.services[0], LISTS, "ann@shop.example")
    assert [(one.aim, one.detail) for one in (first, second)] == [(Aim.REFUSAL, "bl.example"), (Aim.REFUSAL, "wl.example")]
    zones = dns_list_probes.zones(LISTS)
    assert [zone.origin for zone in zones] == ["bl.example", "wl.example"]
    for zone in zones:
        Zone.parse(zone)
    assert "10.93.51.198 A 127.255.255.254" in zones[0].text
    assert "asked-0.canary.example A 127.255.255.254" in zones[0].text
    assert (first.session.address, first.sender) == ("198.51.93.10", "ann@asked-0.canary.example")

"""Zones and faults that a test adds to its world."""

from __future__ import annotations

import pytest

from postfix_lab import Dns, Fault, FaultKind, Host, InputError, Scene, World, zone


def test_zones_and_faults_come_in_the_order_of_the_calls(scene: Scene) -> None:
    """A fault has all that was said about it; its kind may be written in any case."""
    dns = Dns(scene)
    dns.zone("@ A 192.0.2.1", origin="a.example")
    dns.zone(zone("@ A 192.0.2.2", origin="b.example"))
    dns.fault("*", "servfail", client="192.0.2.25", transport="udp", resolver="192.0.2.53", nth=2)
    dns.fault("c.example", FaultKind.ANSWER, "A", records=("A 192.0.2.3",))
    dns.fault("d.example", "HUGE", "TXT", octets=4096)
    assert [text.origin for text in scene.world.zones] == ["a.example", "b.example"]
    assert scene.world.faults == (
        Fault("*", FaultKind.SERVFAIL, client="192.0.2.25", transport="udp", resolver="192.0.2.53", nth=2),
        Fault("c.example", FaultKind.ANSWER, "A", records=("A 192.0.2.3",)),
        Fault("d.example", FaultKind.HUGE, "TXT", octets=4096),
    )


def test_clear_leaves_the_hosts(scene: Scene) -> None:
    """Zones and faults go, and nothing else."""
    scene.world = World(hosts=(Host("203.0.113.9"),))
    dns = Dns(scene)
    dns.zone("@ A 192.0.2.1", origin="a.example")
    dns.fault("*", "SERVFAIL")
    dns.clear()
    assert scene.world == World(hosts=(Host("203.0.113.9"),))


def test_a_kind_that_there_is_not(scene: Scene) -> None:
    """The sentence has the word that was meant."""
    with pytest.raises(InputError, match="'SERVFIAL' is no kind of fault; did you mean SERVFAIL"):
        Dns(scene).fault("*", "servfial")

"""What a scenario chooses if it says nothing, and the words for it."""

from __future__ import annotations

from postfix_lab.fit.choices import Choices, DeliveryMode, Disk


def test_without_a_choice() -> None:
    """Everything works, and mail reaches the sink."""
    usual = Choices()
    assert (usual.milter, usual.policy, usual.spf, usual.sasl, usual.delivery) == ("accept", "accept", "works", "works", "sink")
    assert usual.addresses == ("192.0.2.25", "2001:db8:2::25")
    assert (usual.main, usual.tables, usual.csv, usual.policyd_spf) == ({}, {}, None, {})


def test_words() -> None:
    """As a scenario writes them."""
    assert [str(word) for word in DeliveryMode] == ["sink", "as-configured"]
    assert [str(word) for word in Disk] == ["roomy", "tight", "full"]

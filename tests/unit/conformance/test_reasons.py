"""The explanations of cases that do not agree."""

from __future__ import annotations

import pytest

from postfix_lab.conformance.reasons import DIFFERS, NARROWED


@pytest.mark.parametrize(
    "reasons, names",
    [
        (DIFFERS, {"toolonglabel", "emptylabel", "dorky-sentinel", "a-dash-in-toplabel", "a-null", "mx-null"}),
        (NARROWED, {
            "txtonly", "spfonly", "spftimeout", "txttimeout", "nospftxttimeout", "spfoverride", "multitxt1", "multispf2", "invalid-domain-empty-label",
            "invalid-domain-long", "invalid-domain-long-via-macro", "exists-dnserr", "cidr6-0-ip4", "cidr6-ip4", "mx-limit",
        }),
    ],
)  # fmt: skip
def test_each_case_has_its_sentence(reasons: dict[str, str], names: set[str]) -> None:
    """By the name that the suite gives it; a case has one reason at most."""
    assert set(reasons) == names
    assert min(map(len, reasons.values())) > 20
    assert not set(DIFFERS) & set(NARROWED)

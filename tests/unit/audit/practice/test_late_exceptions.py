"""Exceptions behind what they except from."""

from __future__ import annotations

import pytest

from postfix_lab.audit.practice import late_exceptions
from tests.unit.audit.conftest import Write
from tests.unit.audit.practice.judged import told


@pytest.mark.parametrize(
    "main, place, what",
    [
        (
            "mynetworks = 10.0.0.0/8,\n !10.1.2.3\n",
            "main.cf:6",
            "mynetworks: !10.1.2.3 has no effect: 10.0.0.0/8 in front of it matches first",
        ),
        (
            "mynetworks = [fd00::]/8 !10.0.0.0/8 ![fd00:1::]/64\n",
            "main.cf:5",
            "mynetworks: ![fd00:1::]/64 has no effect: [fd00::]/8 in front of it matches first",
        ),
        (
            "relay_domains = .shop.example !old.shop.example\n",
            "main.cf:5",
            "relay_domains: !old.shop.example has no effect: .shop.example in front of it matches first",
        ),
        (
            "masquerade_exceptions = root !ROOT\n",
            "main.cf:5",
            "masquerade_exceptions: !ROOT has no effect: root in front of it matches first",
        ),
    ],
)
def test_late(write: Write, main: str, place: str, what: str) -> None:
    """The first match decides, so the exception is never looked at."""
    assert told(late_exceptions.judge(write(main))) == [("warning", place, what)]


@pytest.mark.parametrize(
    "main",
    [
        "mynetworks = !10.1.2.3, 10.0.0.0/8\n",
        "mynetworks = 10.1.0.0/16 !10.0.0.0/8\n",
        "mynetworks = 10.0.0.0/8 ![fd00::1]\n",
        "relay_domains = shop.example !shop2.example\n",
    ],
)
def test_in_time(write: Write, main: str) -> None:
    """In front of it, wider than it, or about something else."""
    assert told(late_exceptions.judge(write(main))) == []

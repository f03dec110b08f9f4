"""Domains of somebody else."""

from __future__ import annotations

import pytest

from postfix_lab.audit.practice import others_domains
from tests.unit.audit.conftest import Write
from tests.unit.audit.practice.judged import told


@pytest.mark.parametrize(
    "main, place, words",
    [
        (
            "relay_domains = shop.example,\n gmail.com, yahoo.com\n",
            "main.cf:6",
            "relay_domains: gmail.com, yahoo.com is somebody else's: whoever wants to may relay to it",
        ),
        ("relay_domains = com\n", "main.cf:5", "com is somebody else's"),
        ("virtual_mailbox_domains = outlook.com\n", "main.cf:5", "mail for it ends here and never gets there"),
        ("relay_domains = hash:/etc/postfix/relays\n", "main.cf:5", "hotmail.com"),
    ],
)
def test_somebody_elses(write: Write, main: str, place: str, words: str) -> None:
    """A mail provider's, or a whole top-level domain."""
    ((severity, where, what),) = told(others_domains.judge(write(main, files={"relays": "hotmail.com OK\n"})))
    assert (severity, where) == ("warning", place)
    assert words in what


@pytest.mark.parametrize(
    "main",
    [
        "",
        "relay_domains = lists.shop.example, $mydestination\n",
        "relay_domains = corp\n",
        "relay_domains = mail.gmail.com.example\n",
    ],
)
def test_own(write: Write, main: str) -> None:
    """Whatever else is listed may be one's own."""
    assert told(others_domains.judge(write(main))) == []

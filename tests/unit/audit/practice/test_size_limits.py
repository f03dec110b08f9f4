"""Limits of messages and mailboxes."""

from __future__ import annotations

import pytest

from postfix_lab.audit.practice import size_limits
from tests.unit.audit.conftest import Write
from tests.unit.audit.practice.judged import told

LOCAL, VIRTUAL = "local unix - n n - - local\n", "virtual unix - n n - - virtual\n"


@pytest.mark.parametrize(
    "main, master, place, words",
    [
        (
            "message_size_limit = 60000000\n",
            LOCAL,
            "main.cf:5",
            "message_size_limit (60000000) is above mailbox_size_limit (51200000, its default): local(8)",
        ),
        (
            "mailbox_size_limit = 9000\n",
            LOCAL,
            "main.cf:5",
            "message_size_limit (10240000) is above mailbox_size_limit (9000)",
        ),
        ("message_size_limit = 0\n", LOCAL, "main.cf:5", "message_size_limit (none) is above"),
        ("virtual_mailbox_domains = a.example\nvirtual_mailbox_limit = 5\n", VIRTUAL, "main.cf:6", "virtual(8)"),
        ("", "local unix - n n - - local\n  -o mailbox_size_limit=7\n", "main.cf", "mailbox_size_limit (7"),
    ],
)
def test_what_contradicts(write: Write, main: str, master: str, place: str, words: str) -> None:
    """The delivery agent dies of it: an error where one of the two is set."""
    ((severity, where, what),) = told(size_limits.judge(write(main, master)))
    assert (severity, where) == ("error", place)
    assert words in what


@pytest.mark.parametrize(
    "main, master",
    [
        ("", LOCAL + VIRTUAL),
        ("message_size_limit = 60000000\nmailbox_size_limit = 0\n", LOCAL + VIRTUAL),
        ("message_size_limit = 60000000\nmailbox_size_limit = 60000000\n", LOCAL),
        ("message_size_limit = 60000000\n", ""),
        ("message_size_limit = 60000000\nlocal_transport = lmtp:unix:private/x\n", LOCAL + VIRTUAL),
        ("message_size_limit = many\n", LOCAL),
    ],
)
def test_what_agrees(write: Write, main: str, master: str) -> None:
    """Also where that agent delivers nothing, or the limit is no number, which Postfix says itself."""
    assert told(size_limits.judge(write(main, master))) == []

"""Recipients at the sink that no table of mailboxes has."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.runtime.mailboxes import lookup_keys, recipient_maps
from postfix_lab.runtime.setup import Setup

MAIN = "myhostname = mx.lab.test\nmydestination = $myhostname, lab.test\nvirtual_mailbox_domains = shop.example, hash:/etc/postfix/d\n"


@pytest.mark.parametrize(
    "recipient, maps",
    [
        ("bob@lab.test", "local_recipient_maps"),
        ("bob@MX.lab.test", "local_recipient_maps"),
        ("bob@shop.example", "virtual_mailbox_maps"),
        ("bob@far.example", ""),
        ("bob", ""),
    ],
)
def test_recipient_maps(tmp_path: Path, recipient: str, maps: str) -> None:
    """By the class of the domain, as far as a list names it."""
    (tmp_path / "main.cf").write_text(MAIN)
    assert recipient_maps(Setup(tmp_path).fit(), recipient) == maps


@pytest.mark.parametrize(
    "recipient, delimiters, keys",
    [
        ("bob@lab.test", "", ("bob@lab.test", "bob", "@lab.test")),
        ("bob+x@lab.test", "+", ("bob+x@lab.test", "bob@lab.test", "bob+x", "bob", "@lab.test")),
        ("bob-x+y@lab.test", "+-", ("bob-x+y@lab.test", "bob@lab.test", "bob-x+y", "bob", "@lab.test")),
        ("bob+x@lab.test", "", ("bob+x@lab.test", "bob+x", "@lab.test")),
    ],
)
def test_lookup_keys(recipient: str, delimiters: str, keys: tuple[str, ...]) -> None:
    """With and without the extension, each once."""
    assert lookup_keys(recipient, delimiters) == keys

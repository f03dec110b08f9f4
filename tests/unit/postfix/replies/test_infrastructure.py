"""Replies about the mail host's own broken parts, and those that only look like them."""

from __future__ import annotations

import pytest

from postfix_lab.postfix.replies.infrastructure import is_infrastructure
from postfix_lab.smtp.transcript import Exchange
from tests.unit.evidence_builder import reply


@pytest.mark.parametrize(
    "text, broken",
    [
        ("451 4.3.0 <bob@lab.test>: Temporary lookup failure", True),
        ("451 4.3.5 Server configuration problem", True),
        ("451 4.3.5 Server configuration error", True),
        ("451 4.7.1 Service unavailable - try again later", True),
        ("451 4.7.1 Service unavailable; client [192.0.2.1] blocked using bl.example", False),
        ("450 4.3.0 Temporary lookup failure", False),
        ("451 4.3.5 Temporary lookup failure", False),
        ("451 4.3.0 <Temporary lookup failure@a.example>: Sender address rejected", False),
        ("451 Temporary lookup failure", False),
        ("250 2.1.5 Ok", False),
    ],
)
def test_what_is_infrastructure(text: str, *, broken: bool) -> None:
    """451 with the code of its wording, in Postfix's words and not in a stranger's."""
    assert is_infrastructure(Exchange("RCPT", "RCPT TO:<bob@lab.test>", reply(text), 0.0)) is broken


def test_no_reply_says_nothing() -> None:
    """A line that broke is no infrastructure's fault."""
    assert is_infrastructure(Exchange("RCPT", "RCPT TO:<bob@lab.test>", None, 0.0)) is False

"""Macros (RFC 7208 section 7): the name that is asked for holds the sender, the client or the HELO name."""

from __future__ import annotations

import pytest

from postfix_lab import Remote, Scene, accepted, asked, received_spf, refused


@pytest.mark.parametrize(
    "record, question",
    [
        ("macros-local", "ann._users.spf.example"),
        ("macros-domain", "spf.macros-domain._domains.spf.example"),
        ("macros-sender", r"ann\@macros-sender.spf.example._senders.spf.example"),
        ("macros-helo", "mail.spf.example._helos.spf.example"),
    ],
    ids=["local", "domain", "sender", "helo"],
)
def test_macro_expands_to_a_name_that_exists(lab: Scene, permitted: Remote, record: str, question: str) -> None:
    """The expanded name exists, so the sender passes."""
    seen = permitted.send(sender=f"ann@{record}.spf.example")
    lab.check(seen, asked(question, "A", answers="127.0.0.2"), accepted(), received_spf("pass"))


@pytest.mark.parametrize(
    "record, question",
    [
        ("macros-local", "eve._users.spf.example"),
        ("macros-sender", r"eve\@macros-sender.spf.example._senders.spf.example"),
        ("macros-helo", "mail.stranger.example._helos.spf.example"),
    ],
    ids=["local", "sender", "helo"],
)
def test_macro_expands_to_a_name_that_does_not(lab: Scene, stranger: Remote, record: str, question: str) -> None:
    """The expanded name does not exist, so the sender fails."""
    seen = stranger.send(sender=f"eve@{record}.spf.example")
    lab.check(seen, asked(question, "A", "NXDOMAIN"), refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"))


def test_explanation_of_the_domain(lab: Scene, stranger: Remote) -> None:
    """With `exp=` the client reads the domain's own words, macros expanded, in the refusal."""
    seen = stranger.send(sender="ann@explain.spf.example")
    lab.check(
        seen,
        asked("why.spf.example", "TXT", answers='"%{i} is not a host of %{d}"'),
        refused(
            "RCPT", 550, "5.7.23", "rejected due to: 203.0.113.99 is not a host of explain.spf.example. Please see"
        ),
    )

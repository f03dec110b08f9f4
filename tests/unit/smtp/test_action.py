"""What a conversation asks of its connection."""

from __future__ import annotations

from postfix_lab.smtp.action import AwaitHangUp, ConnectionEnded, Say


def test_how_a_connection_ended() -> None:
    """The reason is the text, or the word for the end where there is none."""
    assert [str(ConnectionEnded("closed")), str(ConnectionEnded("timeout", "after 10 s"))] == ["closed", "after 10 s"]
    assert (ConnectionEnded("timeout", "x").ended, ConnectionEnded("timeout", "x").why, ConnectionEnded("closed").why) == ("timeout", "x", None)


def test_defaults() -> None:
    """One reply is asked for, and a server has 5 s to hang up."""
    assert (Say(b"x").asks, AwaitHangUp().seconds) == (1, 5.0)

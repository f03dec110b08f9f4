"""TestOnly reads the wrong way round: 1, Debian's setting, enforces; 0 asks and lets everybody in."""

from __future__ import annotations

import pytest

from postfix_lab import Remote, Scene, accepted, asked, delivered, no_received_spf, not_logged, received_spf, refused


def test_one_enforces(lab: Scene, stranger: Remote) -> None:
    """TestOnly = 1 refuses what fails."""
    seen = stranger.send(sender="ann@mx.spf.example")
    lab.check(seen, asked("mx.spf.example", "MX"), refused("RCPT", 550, "5.7.23", "SPF fail - not authorized"))


@pytest.mark.mail_host(policyd_spf={"TestOnly": "0"})
def test_zero_lets_a_failure_in(lab: Scene, stranger: Remote) -> None:
    """TestOnly = 0 asks the same questions and accepts what fails without a word: no header, no log line."""
    lab.check(
        stranger.send(sender="ann@mx.spf.example"),
        asked("mx.spf.example", "MX"),
        accepted(),
        delivered(),
        no_received_spf(),
        not_logged("PolicySpf"),
    )


@pytest.mark.mail_host(policyd_spf={"TestOnly": "0"})
def test_zero_keeps_the_header_of_what_passes(lab: Scene, permitted: Remote) -> None:
    """TestOnly = 0 drops refusals only: what would have been accepted anyway has its header."""
    seen = permitted.send(sender="ann@mx.spf.example")
    lab.check(seen, asked("mx.spf.example", "MX"), accepted(), received_spf("pass", identity="mailfrom"))

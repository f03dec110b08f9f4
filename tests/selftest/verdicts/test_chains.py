"""A mail that leaves and comes back is red where it is said not to arrive, and no other test sees it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from postfix_lab import MakeRemote, Scene, accepted, delivered, logged, not_delivered, slow
from postfix_lab.runtime.setup import Setup

FILTERED = Path(__file__).parents[2] / "scenarios" / "filters" / "filtered"
Told = Callable[..., str]
CLIENT, OTHER = "203.0.113.10", "203.0.113.77"
LATE = {"lmtp_destination_rate_delay": "1s"}
WAYS = ("scan:[127.0.0.1]:10024", "feed:[127.0.0.1]:10024", "spam:dummy")


@pytest.mark.mail_host(debian=12)
@pytest.mark.parametrize("way", WAYS)
def test_what_comes_back_arrives(lab: Scene, remote: MakeRemote, red: Told, way: str) -> None:
    """`not_delivered` and a wrong number of copies are red, by each way."""
    host = lab.start(12, Setup(FILTERED, main={"content_filter": way}))
    seen = lab.run(host, remote(CLIENT).session(to=("bob@lab.test", "eve@lab.test")))
    assert "  got      1 message reached the sink" in red(seen, not_delivered())
    assert "  got      2 copies reached the sink" in red(seen, delivered(1))


@pytest.mark.mail_host(debian=12)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_of_it_is_seen_later(lab: Scene, remote: MakeRemote, red: Told, way: str) -> None:
    """A run is over when the last copy has arrived, though a delay keeps it in the queue."""
    host = lab.start(12, Setup(FILTERED, main={"content_filter": way, **LATE}))
    for _ in range(2):
        lab.check(lab.run(host, remote(CLIENT).session()), accepted(), delivered(1, to="bob@lab.test"))
    session = remote(OTHER).session(to="carol@lab.test", until="RCPT", misbehaves=slow("MAIL", 0.05))
    assert "got      no such line" in red(lab.run(host, session), logged("Delivery", recipient="bob@lab.test"))


@pytest.mark.mail_host(debian=12)
def test_program_that_only_a_service_names(lab: Scene, remote: MakeRemote, red: Told, tmp_path: Path) -> None:
    """A filter that keeps the mail delivers nothing, though only `-o content_filter` of smtpd names it."""
    etc = shutil.copytree(FILTERED, tmp_path / "etc")
    master = (etc / "master.cf").read_text()
    (etc / "master.cf").write_text(master.replace("- - smtpd\n", "- - smtpd -o content_filter=own:\n", 1))
    (etc / "filter.sh").write_text("#!/bin/sh\ncat >/dev/null\n")
    seen = lab.run(lab.start(12, Setup(etc)), remote(CLIENT).session())
    told = red(seen, accepted())
    assert "a content filter gave nothing back" in told
    assert "own" in told

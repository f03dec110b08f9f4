"""A configuration with which a daemon dies, or is missing: each door says so first, and at once."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from postfix_lab import MakeRemote, refused
from postfix_lab.runtime.job import LIMIT
from tests.selftest.command import Command
from tests.selftest.conftest import Told

NO_LEVEL = """
myhostname = mx.example.org
mydestination = example.org
mynetworks = 127.0.0.0/8
"""
"""Without compatibility_level smtpd wants a relay restriction in one of two lists."""
BARE = """
smtp      inet  n       -       y       -       -       smtpd
pickup    unix  n       -       y       60      1       pickup
cleanup   unix  n       -       y       -       0       cleanup
qmgr      unix  n       -       y       300     1       qmgr
smtp      unix  -       -       y       -       -       smtp
"""
FATAL = "fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions"
MISSING = "no mail can pass: master.cf has no service rewrite (and no bounce, defer,"
AT_ONCE = 30.0
"""Seconds, on a busy machine, with the start of a lab; a single session with a dead smtpd would take as long."""


@pytest.fixture(params=["fatal", "missing"])
def said(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """What has to be said about the folder `etc`."""
    (tmp_path / "etc").mkdir()
    fatal = request.param == "fatal"
    (tmp_path / "etc" / "main.cf").write_text(NO_LEVEL if fatal else f"compatibility_level = 3.6{NO_LEVEL}")
    if not fatal:
        (tmp_path / "etc" / "master.cf").write_text(BARE)
    return FATAL if fatal else MISSING


@pytest.mark.parametrize(
    "words, status",
    [
        (("send", "--config", "etc", "--debian", "12"), 2),
        (("explain", "--config", "etc", "--debian", "12"), 2),
        (("run", "--pack", "relay", "--config", "etc", "--debian", "12"), 2),
        (("check", "etc"), 1),
    ],
    ids=["send", "explain", "run", "check"],
)
def test_at_once(tmp_path: Path, said: str, words: tuple[str, ...], status: int) -> None:
    """One sentence with Postfix's own words, not a wait for each scenario."""
    began = time.monotonic()
    done = Command(tmp_path)(*words)
    assert said in done.stdout + done.stderr
    assert (done.returncode, time.monotonic() - began < AT_ONCE) == (status, True), done.stdout + done.stderr


@pytest.mark.mail_host(debian=12, main={"smtpd_delay_reject": "perhaps"}, canary=None)
def test_nobody_tried_before(remote: MakeRemote, blind: Told) -> None:
    """Without a canary the scenario's own client meets the dead smtpd; it does not wait for its own timeout."""
    began = time.monotonic()
    seen = remote("203.0.113.9").send()
    assert time.monotonic() - began < LIMIT / 2
    assert "fatal: bad boolean configuration: smtpd_delay_reject = perhaps" in blind(seen, refused("RCPT", 450))

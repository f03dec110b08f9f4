"""`run --explain`: the explanation below each scenario, and a session whose setup and DNS the command line changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.selftest.command import Command
from tests.selftest.inner import Inner

TWO = """
    import pytest
    from postfix_lab import Ptr, accepted

    def test_right(lab, remote, whereabouts):
        lab.check(remote("203.0.113.9").send(), accepted())

    def test_wrong(lab, remote, whereabouts):
        lab.check(remote("203.0.113.9", ptr=Ptr.missing()).send(), accepted())
"""
DECIDED = "decided by  reject_unknown_reverse_client_hostname  main.cf:38"


@pytest.mark.parametrize("wanted, told", [("failed", 1), ("all", 2)])
def test_which_are_explained(inner: Inner, wanted: str, told: int) -> None:
    """Those that did not pass, or all; whoever asks for none gets none."""
    done = inner.run(TWO, f"--lab-explain={wanted}")
    assert done.code == 1, done.output
    assert done.output.count("decided by  ") == told
    assert DECIDED in done.output


def test_options_of_a_session(tmp_path: Path) -> None:
    """`--main` and `--fault` do what the marker does, and `send` says what the DNS failed to answer."""
    said = ("--main", "smtpd_sender_restrictions=reject_unknown_sender_domain", "--from", "ann@flaky.example", "--quit-after", "RCPT")
    done = Command(tmp_path)("send", *said, "--fault", "flaky.example", "SERVFAIL")
    assert done.returncode == 24, done.stderr
    assert "the DNS failed: to the question about the sender's domain came SERVFAIL" in done.stdout
    wrong = Command(tmp_path)("send", "--fault", "flaky.example", "SERVFIAL")
    assert wrong.returncode == 2
    assert "did you mean SERVFAIL" in wrong.stderr

"""Dovecot's auth that fails: smtpd that offers AUTH cannot do without, and dies; port 25 does not care."""

from __future__ import annotations

import pytest

from postfix_lab import Auth, Check, Remote, Scene, accepted, delivered, ended, logged, may_log, not_logged, warned

ANN = Auth("ann@lab.test", "correct horse")
DIES = logged("Trouble", level="fatal", message="no SASL authentication mechanisms")
CONNECT = "SASL: Connect to .*private/auth.* failed"
WITHOUT = ["log-complete"]
"""smtpd that died logs no `disconnect from`."""


def submit(lab: Scene, client: Remote, *told: Check) -> None:
    """Want the submission service to hang up where it should offer AUTH, after STARTTLS, and to say that in its log."""
    seen = client.send(587, tls=True, auth=ANN, sender="ann@lab.test", to="bob@lab.test")
    lab.check(seen, ended("closed"), *told, DIES, may_log("exit status 1"), may_log("throttling"), without=WITHOUT)
    assert seen.sessions[0].exchanges[-1].stage == "HELO"


@pytest.mark.mail_host(sasl="absent")
def test_absent(lab: Scene, good: Remote) -> None:
    """The socket is gone."""
    submit(lab, good, warned(f"{CONNECT}: No such file or directory"))


@pytest.mark.mail_host(sasl="wrong-owner")
def test_wrong_owner(lab: Scene, good: Remote) -> None:
    """The socket is there, and belongs to root alone."""
    submit(lab, good, warned(f"{CONNECT}: Permission denied"))


@pytest.mark.mail_host(sasl="absent")
def test_port_25(lab: Scene, good: Remote) -> None:
    """Where no AUTH is offered, mail comes in as ever."""
    lab.check(good.send(), accepted(), delivered())


@pytest.mark.mail_host(sasl="hang")
def test_hang(lab: Scene, good: Remote) -> None:
    """The socket takes connections and says nothing: smtpd waits for ten seconds, and then dies without a warning."""
    submit(lab, good, not_logged("SASL: Connect to"))

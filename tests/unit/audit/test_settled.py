"""Refusals without a restriction."""

from __future__ import annotations

import pytest

from postfix_lab.audit.settled import settled_place
from postfix_lab.smtp.transcript import Exchange
from tests.unit.audit.conftest import Write
from tests.unit.evidence_builder import reply


@pytest.mark.parametrize(
    "main, text, place",
    [
        ("message_size_limit = 20\n", "552 5.3.4 Error: message file too big", "main.cf:5"),
        ("message_size_limit = 9000000000000\n", "452 4.3.1 Insufficient system storage", "main.cf:5"),
        ("message_size_limit = 1\nqueue_minfree = 2\n", "452 4.3.1 Insufficient system storage", "main.cf:6"),
        ("smtpd_tls_security_level = encrypt\n", "530 5.7.0 Must issue a STARTTLS command first", "main.cf:5"),
        ("", "552 5.3.4 Error: message file too big", "master.cf:1"),
        ("message_size_limit = 20\n", "550 5.1.1 User unknown", "master.cf:1"),
    ],
)
def test_the_line(write: Write, main: str, text: str, place: str) -> None:
    """Of the parameter that settles it; without one, the listener's."""
    written = write(main)
    assert str(settled_place(written, written.services[0], Exchange("RCPT", "RCPT TO:<a@b>", reply(text), 0.0))) == place

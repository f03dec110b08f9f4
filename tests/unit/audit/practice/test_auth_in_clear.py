"""Passwords in the clear."""

from __future__ import annotations

import pytest

from postfix_lab.audit.finding import FindingKind
from postfix_lab.audit.practice import auth_in_clear
from tests.unit.audit.conftest import Write

SASL = "smtpd_sasl_auth_enable = yes\n"


@pytest.mark.parametrize(
    "main, master, place, words",
    [
        (SASL, "", "main.cf:5", "at smtp: the password crosses the network, and no TLS is offered there at all"),
        (f"{SASL}smtpd_tls_auth_only = no\n", "", "main.cf:6", "no TLS is offered"),
        (f"{SASL}smtpd_tls_security_level = may\n", "", "main.cf:5", "a client that does not say STARTTLS"),
        (f"{SASL}smtpd_use_tls = yes\n", "587 inet n - y - - smtpd\n", "main.cf:5", "at smtp, 587: the password"),
        (
            "smtpd_tls_auth_only = yes\n",
            "587 inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_tls_auth_only=no\n",
            "master.cf:6",
            "at 587",
        ),
    ],
)
def test_where_it_is_offered(write: Write, main: str, master: str, place: str, words: str) -> None:
    """One finding for each line that settles it, with every listener that it is about."""
    (finding,) = auth_in_clear.judge(write(main, master))
    assert (finding.kind, str(finding.place)) == (FindingKind.AUTH_IN_CLEAR, place)
    assert words in finding.what


@pytest.mark.parametrize(
    "main, master",
    [
        ("", ""),
        (f"{SASL}smtpd_tls_auth_only = yes\n", ""),
        (f"{SASL}smtpd_tls_security_level = encrypt\n", ""),
        (f"{SASL}smtpd_enforce_tls = yes\n", ""),
        (f"{SASL}smtpd_sasl_security_options = noanonymous, noplaintext\n", ""),
        (f"{SASL}smtpd_tls_wrappermode = yes\n", ""),
        (f"{SASL}inet_interfaces = loopback-only\n", ""),
        ("", "smtps inet n - y - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n"),
    ],
)
def test_where_it_is_not(write: Write, main: str, master: str) -> None:
    """Nor where only the host itself connects, or port 465 without TLS is the finding."""
    assert list(auth_in_clear.judge(write(main, master))) == []

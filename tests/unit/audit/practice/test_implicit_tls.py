"""Port 465 and its TLS from the start."""

from __future__ import annotations

import pytest

from postfix_lab.audit.finding import FindingKind
from postfix_lab.audit.practice import implicit_tls
from tests.unit.audit.conftest import Write
from tests.unit.audit.practice.judged import told


@pytest.mark.parametrize(
    "master, words",
    [
        ("smtps inet n - y - - smtpd\n", "smtps: clients of port 465 begin with TLS"),
        (
            "192.0.2.9:465 inet n - y - - smtpd\n#  -o smtpd_tls_wrappermode=yes\n  -o smtpd_sasl_auth_enable=yes\n",
            "192.0.2.9:465: clients",
        ),
        (
            "submission inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n",
            "submission: clients of port 587 wait for a greeting",
        ),
    ],
)
def test_what_clients_do_not_expect(write: Write, master: str, words: str) -> None:
    """An error at the service."""
    (finding,) = implicit_tls.judge(write(master=master))
    assert (finding.kind, str(finding.place)) == (FindingKind.WRAPPERMODE, "master.cf:4")
    assert finding.what.startswith(words)


@pytest.mark.parametrize(
    "main, master",
    [
        ("", "465 inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n"),
        ("", "4650 inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n2525 inet n - y - - smtpd\n"),
        ("", "465 inet n - y - - spawn\n"),
        ("", "465 unix n - y - - smtpd\n"),
    ],
)
def test_what_is_right(write: Write, main: str, master: str) -> None:
    """And other ports may do as they like."""
    assert told(implicit_tls.judge(write(main, master))) == []

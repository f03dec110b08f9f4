"""Stand-ins for certificates and keys, with all that they change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fit.changes import changes
from tests.unit.fit.conftest import Fit

CASES: list[tuple[str, str, dict[str, str], dict[str, Any], list[str]]] = [
    ("smtpd_tls_cert_file = /etc/le/c.pem\nsmtpd_tls_key_file = /etc/le/k.pem\n", "", {}, {}, [
        "main.cf:5: /etc/le/c.pem, /etc/le/k.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/etc/le/c.pem 644 root '[CERTIFICATE]'",
        "/etc/le/k.pem 600 root '[EC PRIVATE KEY]'",
    ]),
    ("smtpd_tls_cert_file = /etc/le/c.pem\n", "", {}, {}, [
        "main.cf:5: /etc/le/c.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/etc/le/c.pem 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
    ]),
    ("smtpd_tls_cert_file = /etc/postfix/c.pem\nsmtpd_tls_key_file = /etc/le/k.pem\n", "", {"c.pem": "mine"}, {}, [
        "main.cf:5: /etc/postfix/c.pem, /etc/le/k.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/etc/postfix/c.pem 644 root '[CERTIFICATE]'",
        "/etc/le/k.pem 600 root '[EC PRIVATE KEY]'",
    ]),
    ("smtpd_tls_cert_file = /etc/postfix/c.pem\nsmtpd_tls_key_file = /etc/postfix/k.pem\n", "", {"c.pem": "mine", "k.pem": "own"}, {}, [
        "/etc/postfix/c.pem 644 root 'mine'",
        "/etc/postfix/k.pem 644 root 'own'",
    ]),
    ("smtpd_tls_cert_file = none\nsmtpd_tls_eccert_file =\n", "", {}, {}, [
    ]),
    ("smtpd_tls_cert_file = /c.pem\nsmtpd_tls_key_file =\n", "", {}, {}, [
        "main.cf:5: /c.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/c.pem 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
    ]),
    ("smtpd_tls_cert_file = /c.pem\nsmtpd_tls_key_file = $smtpd_tls_cert_file\nsmtp_tls_cert_file = /c.pem\nsmtp_tls_key_file = /k.pem\n", "", {}, {}, [
        "main.cf:5: /c.pem, /k.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/c.pem 644 root '[CERTIFICATE]'",
        "/k.pem 600 root '[EC PRIVATE KEY]'",
    ]),
    ("smtpd_tls_dcert_file = /d.pem\nsmtpd_tls_dkey_file = /dk.pem\nsmtpd_tls_eccert_file = /e.pem\nsmtpd_tls_eckey_file = /ek.pem\nlmtp_tls_cert_file = /l.pem\n", "", {}, {}, [
        "main.cf:5: /d.pem, /dk.pem, /e.pem, /ek.pem and 1 more = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/d.pem 644 root '[CERTIFICATE]'",
        "/dk.pem 600 root '[EC PRIVATE KEY]'",
        "/e.pem 644 root '[CERTIFICATE]'",
        "/ek.pem 600 root '[EC PRIVATE KEY]'",
        "/l.pem 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
    ]),
    ("", "587 inet n - y - - smtpd\n  -o smtpd_tls_cert_file=/s.pem\n  -o smtpd_tls_key_file=/sk.pem\n", {}, {}, [
        "master.cf:4: /s.pem, /sk.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/s.pem 644 root '[CERTIFICATE]'",
        "/sk.pem 600 root '[EC PRIVATE KEY]'",
    ]),
    ("", "587 inet n - y - - smtpd\n  -o smtpd_tls_cert_file=/s.pem\n", {}, {}, [
        "master.cf:4: /s.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/s.pem 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
    ]),
    ("smtpd_tls_chain_files = /a.pem\n", "", {}, {}, [
        "main.cf:5: /a.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/a.pem 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
    ]),
    ("smtpd_tls_chain_files = /a.pem, /b.pem /c.pem\n", "", {}, {}, [
        "main.cf:5: /a.pem, /b.pem, /c.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/a.pem 600 root '[EC PRIVATE KEY]'",
        "/b.pem 644 root '[CERTIFICATE]'",
        "/c.pem 644 root ''",
    ]),
    ("smtpd_tls_chain_files = /etc/postfix/a.pem\n", "", {"a.pem": "x"}, {}, [
        "/etc/postfix/a.pem 644 root 'x'",
    ]),
    ("smtpd_tls_chain_files = /etc/postfix/a.pem, /b.pem\n", "", {"a.pem": "x"}, {}, [
        "main.cf:5: /etc/postfix/a.pem, /b.pem = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/etc/postfix/a.pem 600 root '[EC PRIVATE KEY]'",
        "/b.pem 644 root '[CERTIFICATE]'",
    ]),
    ("smtp_tls_CAfile = /ca.pem\nsmtpd_tls_CApath = /ca/\nlmtp_tls_CAfile = /etc/ssl/certs\nsmtp_tls_CApath =\n", "", {}, {}, [
        "main.cf:5: smtp_tls_CAfile = /ca.pem (the throw-away CA's own certificate: the folder does not hold it)",
        "main.cf:6: smtpd_tls_CApath = /ca with the throw-away CA (its own certificate: the folder does not hold it)",
        "/ca.pem 644 root '[CERTIFICATE]'",
        *(f"{folder}/ca/postfix-lab.{name} 644 root '[CERTIFICATE]'" for folder in ("", "/var/spool/postfix") for name in ("pem", "hash")),
    ]),
    ("smtpd_tls_dh1024_param_file = /etc/dh.pem\nsmtpd_tls_dh512_param_file = auto\n", "", {}, {}, [
        "main.cf:5: smtpd_tls_dh1024_param_file = (built in) (/etc/dh.pem: the folder does not hold it; Postfix's own parameters count)",
        "main.cf: smtpd_tls_dh1024_param_file =",
        "main.cf has no more: smtpd_tls_dh1024_param_file = /etc/dh.pem",
    ]),
    ("smtpd_tls_dh1024_param_file = none\nsmtpd_tls_dh512_param_file = /etc/postfix/dh\n", "", {"dh": "x"}, {}, [
        "/etc/postfix/dh 644 root 'x'",
    ]),
    ("", "587 inet n - y - - smtpd\n  -o smtpd_tls_dh1024_param_file=/dh.pem\n", {}, {}, [
        "master.cf:4: smtpd_tls_dh1024_param_file of 587 = (built in) (/dh.pem: the folder does not hold it; Postfix's own parameters count)",
        "master.cf:   -o smtpd_tls_dh1024_param_file=",
        "master.cf has no more:   -o smtpd_tls_dh1024_param_file=/dh.pem",
    ]),
    ("smtpd_tls_cert_file = /1\nsmtpd_tls_dcert_file = /2\nsmtpd_tls_eccert_file = /3\nsmtp_tls_cert_file = /4\n", "", {}, {}, [
        "main.cf:5: /1, /2, /3, /4 = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/1 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
        "/2 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
        "/3 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
        "/4 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
    ]),
    ("smtpd_tls_cert_file = /1\nsmtpd_tls_key_file = /5\nsmtpd_tls_dcert_file = /2\nsmtpd_tls_eccert_file = /3\nsmtp_tls_cert_file = /4\n", "", {}, {}, [
        "main.cf:5: /1, /5, /2, /3 and 1 more = throw-away, for mx.lab.test (certificate and key: the folder does not hold it)",
        "/1 644 root '[CERTIFICATE]'",
        "/5 600 root '[EC PRIVATE KEY]'",
        "/2 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
        "/3 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
        "/4 600 root '[EC PRIVATE KEY][CERTIFICATE]'",
    ]),
]  # fmt: skip


@pytest.mark.parametrize("main, master, files, choices, expected", CASES)
def test_all_that_changes(fitted: Fit, main: str, master: str, files: dict[str, str], choices: dict[str, Any], expected: list[str]) -> None:
    """The report, the files of Postfix and others, commands, stubs and daemons."""
    assert changes(fitted(main, master, files, **choices), main, master) == expected

"""The packages that the host needs."""

from __future__ import annotations

import pytest

from tests.unit.fit.conftest import Fit, told

SPF = "spf unix - n n - 0 spawn user=policyd-spf argv=/usr/bin/policyd-spf\n"


@pytest.mark.parametrize(
    "main, master, packages",
    [
        ("header_checks = pcre:/etc/postfix/x\n", "", "postfix-pcre"),
        ("virtual_alias_maps = proxy:mysql:/a.cf, ldap:/b.cf\n", "", "postfix-mysql, postfix-ldap"),
        ("default_database_type = lmdb\n", "", "postfix-lmdb"),
        ("smtp_sasl_auth_enable = yes\n", "", "libsasl2-modules"),
        ("smtpd_sasl_auth_enable = yes\n", "", "libsasl2-modules"),
        ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\n", "", "dovecot-core"),
        ("", SPF, "postfix-policyd-spf-python"),
    ],
)
def test_packages(fitted: Fit, main: str, master: str, packages: str) -> None:
    """By the types of tables, by SASL and by programs, although the lab replaces what it has no server for."""
    assert told(fitted(main, master=master), "Debian packages").value == packages


def test_no_packages(fitted: Fit) -> None:
    """What postfix itself has needs no line, and a parameter that ends alike is no table."""
    made = fitted("x = /pcre:/y\nrelayhost = [ldap.example]:25\nsmtp_sasl_auth_enable = no\n")
    assert [delta for delta in made.deltas if delta.what == "Debian packages"] == []

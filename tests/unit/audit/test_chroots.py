"""Copies that a chrooted daemon needs."""

from __future__ import annotations

import pytest

from postfix_lab.audit import chroots
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from tests.unit.audit.conftest import Write


def test_the_chroot(write: Write) -> None:
    """Only a chrooted daemon needs copies; a folder of authorities is told where it is named."""
    written = write("smtpd_tls_CApath = /etc/ssl/certs\n")
    planned = chroots.copies(written, 11)
    assert "/lib/*/libnss_dns.so*" in planned
    assert "/lib/*/libnss_dns.so*" not in chroots.copies(written, 12)
    states = ["stale" if path == "/etc/resolv.conf" else "missing" for path in planned]
    authorities, resolver, others = chroots.judge(written, planned, states)
    assert str(authorities.place) == "main.cf:5"
    assert (str(resolver.place), resolver.severity) == ("master.cf:1", Severity.ERROR)
    assert "/etc/hosts is missing, " in others.what



FILES = ("/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/hosts", "/etc/services", "/etc/host.conf", "/etc/localtime")
LIBRARIES = ("/lib/*/libnss_dns.so*", "/lib/*/libnss_files.so*", "/lib/*/libresolv.so*")
FILL = "run `/usr/lib/postfix/configure-instance.sh -` before `postfix start`, as Debian's unit does, or set the chroot to n there"


def test_what_is_copied(write: Write) -> None:
    """Files of the resolver, its libraries before Debian 12, and folders of authorities; nothing without a chroot."""
    written = write("smtpd_tls_CApath = /etc/ssl/certs/\n")
    assert chroots.copies(written, 11) == (*FILES, *LIBRARIES, "/etc/ssl/certs")
    assert chroots.copies(written, 12) == (*FILES, "/etc/ssl/certs")
    assert chroots.copies(type(written)(written.source, "smtp inet n - n - - smtpd\n"), 11) == ()


@pytest.mark.parametrize(
    "name, master, looked_at",
    [
        ("smtpd_tls_CApath", "smtp inet n - y - - smtpd", True),
        ("smtpd_tls_CApath", "tlsproxy unix - - y - 0 tlsproxy", True),
        ("smtpd_tls_CApath", "smtp inet n - n - - smtpd\nlmtp unix - - y - - lmtp", False),
        ("smtp_tls_CApath", "smtp unix - - y - - smtp", True),
        ("lmtp_tls_CApath", "lmtp unix - - y - - lmtp", True),
        ("lmtp_tls_CApath", "smtp unix - - y - - smtp", False),
        ("smtp_tls_CAfile", "smtp unix - - y - - smtp", False),
    ],
)
def test_whose_authorities(write: Write, name: str, master: str, *, looked_at: bool) -> None:
    """Those of a daemon that is chrooted and reads the parameter."""
    written = write(f"{name} = /etc/ssl/certs\n")
    assert ("/etc/ssl/certs" in chroots.copies(type(written)(written.source, master + "\n"), 12)) is looked_at


def test_what_is_said(write: Write) -> None:
    """The resolver's file is an error, the others one warning, the authorities one of their own."""
    written = write("smtpd_tls_CApath = /etc/ssl/certs\n")
    planned = (*FILES[:3], "/etc/ssl/certs")
    assert list(chroots.judge(written, planned, ["stale", "", "missing", "missing"])) == [
        AuditFinding(
            FindingKind.CHROOT, Severity.WARNING, FilePlace("main.cf", 5),
            "smtpd_tls_CApath: /var/spool/postfix/etc/ssl/certs is missing, so no certificate can be verified in the chroot",
            "fill it by `/usr/lib/postfix/configure-instance.sh -`, which needs cpio and openssl; or use a CAfile, which is read before",
        ),
        AuditFinding(
            FindingKind.CHROOT, Severity.ERROR, FilePlace("master.cf", 1),
            "/var/spool/postfix/etc/resolv.conf is stale, and smtpd(8) is chrooted there: it knows no client by name", FILL,
        ),
        AuditFinding(
            FindingKind.CHROOT, Severity.WARNING, FilePlace("master.cf", 1),
            "/var/spool/postfix/etc/hosts is missing, and smtpd(8) is chrooted there", FILL,
        ),
    ]  # fmt: skip


def test_which_daemon_is_named(write: Write) -> None:
    """An smtpd, else the first that is chrooted; without one there is nothing to say."""
    written = write()
    for master, place in (("cleanup unix n - y - 0 cleanup\nsmtp inet n - y - - smtpd\n", "master.cf:2"), ("smtp inet n - n - - smtpd\nlmtp unix - - y - - lmtp\n", "master.cf:2")):
        (finding,) = chroots.judge(type(written)(written.source, master), FILES[1:2], ["missing"])
        assert str(finding.place) == place
    assert list(chroots.judge(type(written)(written.source, "smtp inet n - n - - smtpd\n"), FILES[1:2], ["missing"])) == []

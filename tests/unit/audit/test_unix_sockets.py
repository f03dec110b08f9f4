"""Sockets that daemons connect to, from inside the chroot or outside of it."""

from __future__ import annotations

import pytest

from postfix_lab.audit import unix_sockets
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from tests.unit.audit.conftest import Write


@pytest.mark.parametrize(
    "main, role, path, listen",
    [
        ("smtpd_milters = unix:/run/a.sock\n", "milter", "/run/a.sock", "/run/a.sock"),
        ("smtpd_milters = local:dkim/a.sock\n", "milter", "dkim/a.sock", "/var/spool/postfix/dkim/a.sock"),
        ("smtpd_milters = unix:/dkim/a.sock\n", "milter", "/dkim/a.sock", "/var/spool/postfix/dkim/a.sock"),
        ("non_smtpd_milters = unix:/run/a.sock\n", "milter", "/run/a.sock", "/run/a.sock"),
        ("x = check_policy_service unix:private/spf\n", "policy service", "private/spf", "/var/spool/postfix/private/spf"),
        ("virtual_transport = lmtp:unix:/run/l\n", "LMTP socket", "/run/l", "/run/l"),
        ("smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n", "SASL socket",
         "private/auth", "/var/spool/postfix/private/auth"),
    ],
)  # fmt: skip
def test_sockets(write: Write, main: str, role: str, path: str, listen: str) -> None:
    """What a daemon connects to, and where the server is in life."""
    (one,) = unix_sockets.sockets(write(main))
    assert (one.role, one.path, one.listen, one.service.chrooted) == (role, path, listen, True)


@pytest.mark.parametrize(
    "word, remedy",
    [
        ("unix:/var/spool/postfix/private/a", "write the path from the queue directory: private/a"),
        ("unix:/run/rspamd/milter.sock", "have Rspamd listen at /var/spool/postfix/rspamd/milter.sock"),
    ],
)
def test_a_socket_out_of_reach(write: Write, word: str, remedy: str) -> None:
    """The remedy says what to write instead; what was reached is no finding."""
    written = write(f"smtpd_milters =\n  {word}\n")
    planned = unix_sockets.sockets(written)
    (finding,) = unix_sockets.judge(written, planned, ["No such file or directory"])
    assert (str(finding.place), finding.severity) == ("main.cf:6", Severity.ERROR)
    assert finding.remedy.startswith(remedy)
    assert list(unix_sockets.judge(written, planned, [""])) == []



SASL = "smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n"


def found(write: Write, main: str, master: str = "") -> list[tuple[str, str, str]]:
    return [(one.role, one.word, one.service.name) for one in unix_sockets.sockets(write(main, master))]


@pytest.mark.parametrize(
    "main, master, expected",
    [
        ("smtpd_milters = unix:/a, inet:b:1, local:c\n", "", [("milter", "unix:/a", "smtp"), ("milter", "local:c", "smtp")]),
        ("non_smtpd_milters = unix:/a\n", "", [("milter", "unix:/a", "cleanup")]),
        ("smtpd_milters = { unix:/a, timeout=1s }\n", "", [("milter", "unix:/a", "smtp")]),
        ("x_milters = unix:/a\n", "", []),
        ("x = check_policy_service { unix:/a, timeout=1s }\n", "", [("policy service", "unix:/a", "smtp")]),
        ("x = check_policy_service inet:a:1\n", "", []),
        ("virtual_transport = lmtp:unix:/a\n", "", [("LMTP socket", "unix:/a", "lmtp")]),
        ("virtual_transport = other:unix:/a\n", "", []),
        ("virtual_transport = other:unix:/a\n", "other unix - - y - - smtp\n", []),
        ("virtual_transport = other:unix:/a\n", "other unix - - y - - lmtp\n", [("LMTP socket", "unix:/a", "other")]),
        ("x = lmtp:unix:/a\n", "", []),
        (SASL, "", [("SASL socket", "private/auth", "smtp")]),
        (SASL.replace("private/auth", "inet:a:1"), "", []),
        (SASL.replace("dovecot", "cyrus"), "", []),
        (SASL.replace("yes", "no"), "", []),
        ("smtpd_milters = unix:/a\n", "587 inet n - y - - smtpd\n  -o smtpd_milters=unix:/b\n", [("milter", "unix:/b", "587"), ("milter", "unix:/a", "smtp")]),
        ("smtpd_milters = unix:/a\n", "587 inet n - n - - smtpd\n", [("milter", "unix:/a", "smtp")]),
        ("", "587 inet n - n - - smtpd\n  -o smtpd_sasl_auth_enable=yes\n  -o smtpd_sasl_type=dovecot\n  -o smtpd_sasl_path=auth\n", [("SASL socket", "auth", "587")]),
    ],
)  # fmt: skip
def test_who_needs_what(write: Write, main: str, master: str, expected: list[tuple[str, str, str]]) -> None:
    """Each socket once for a role, as the chrooted daemon meets it."""
    assert sorted(found(write, main, master)) == sorted(expected)


def test_the_chrooted_one_counts(write: Write) -> None:
    """Where two daemons need a socket, the one that is walled in is told, whichever stands first."""
    written = write("smtpd_milters = unix:/a\n", "587 inet n - n - - smtpd\n")
    free_first = type(written)(written.source, "587 inet n - n - - smtpd\nsmtp inet n - y - - smtpd\n")
    for one in (written, free_first):
        assert [(s.service.name, s.service.chrooted) for s in unix_sockets.sockets(one)] == [("smtp", True)]


def test_where_the_service_says_it(write: Write) -> None:
    """A path of SASL that an option of master.cf sets stands there."""
    option = "587 inet n - y - - smtpd\n  -o smtpd_sasl_path=private/other\n"
    written = write(SASL, option)
    planned = [one for one in unix_sockets.sockets(written) if one.service.name == "587"]
    (finding,) = unix_sockets.judge(written, planned, ["x"])
    assert str(finding.place) == "master.cf:5"


def test_what_is_said(write: Write) -> None:
    """The daemon, where it looks, what connecting said, and three remedies."""
    written = write("smtpd_milters = unix:/run/opendkim/x.sock\n")
    (finding,) = unix_sockets.judge(written, unix_sockets.sockets(written), ["No such file\x1b"])
    assert finding == AuditFinding(
        FindingKind.SOCKET, Severity.ERROR, FilePlace("main.cf", 5),
        "smtpd(8), which is chrooted (master.cf:1), cannot reach the milter unix:/run/opendkim/x.sock: "
        "it looks at /var/spool/postfix/run/opendkim/x.sock",
        "have OpenDKIM listen at /var/spool/postfix/opendkim/x.sock and write opendkim/x.sock here, without a slash in front; "
        "or use a TCP port of 127.0.0.1; or let it run without the chroot: n in master.cf:1",
        ("connect: No such file\\x1b",),
    )  # fmt: skip


def test_without_a_chroot(write: Write) -> None:
    """It looks at the very path; a server that nobody knows is the server, and a bare name is in private."""
    written = write("smtpd_milters = unix:/x\n")
    free = type(written)(written.source, "smtp inet n - n - - smtpd\n")
    (finding,) = unix_sockets.judge(free, unix_sockets.sockets(free), ["no"])
    assert finding.what == "smtpd(8) cannot reach the milter unix:/x: it looks at /x"
    assert finding.remedy.startswith("have the server listen at /var/spool/postfix/private/x and write private/x here")

"""Tables, sockets, domains and the chroot."""

from __future__ import annotations

import pytest

from postfix_lab.audit import chroots, domains, lookup_tables, transports, unix_sockets
from postfix_lab.audit.examined import CommandOutput
from postfix_lab.audit.finding import Severity
from tests.unit.audit.conftest import Write


def test_a_table_that_is_missing(write: Write) -> None:
    """In the folder it is an error; what lies elsewhere was not brought, which is a note."""
    written = write("virtual_alias_maps =\n  hash:/etc/postfix/a\n  hash:/srv/b\n")
    here, there = lookup_tables.judge(written, (), (), ())
    assert (str(here.place), here.severity) == ("main.cf:6", Severity.ERROR)
    assert (str(there.place), there.severity) == ("main.cf:7", Severity.NOTE)


def test_what_a_lookup_complains_of(write: Write) -> None:
    """The finding stands where the table is named, and the remedy at its own line."""
    written = write("header_checks = regexp:/etc/postfix/checks\n", files={"checks": "/(/ REJECT\n"})
    said = "postmap: warning: regexp map /etc/postfix/checks, line 1: unmatched (\n"
    planned = lookup_tables.tables(written)
    answers = [said if one.named.kind == "regexp" else "" for one in planned]
    (finding,) = lookup_tables.judge(written, planned, answers, (CommandOutput("postfix check", "warning: no"),))
    assert str(finding.place) == "main.cf:5"
    assert finding.what.startswith("warning: regexp map /etc/postfix/checks, line 1")
    assert "mend line 1 of checks" in finding.remedy


@pytest.mark.parametrize(
    "hosts, prefix, wrong",
    [("localhost", "", True), ("unix:/run/db.sock", "", True), ("127.0.0.1", "", False), ("localhost", "proxy:", False)],
)
def test_a_database_outside_of_the_chroot(write: Write, hosts: str, prefix: str, wrong: bool) -> None:
    """The client's library takes localhost for a socket; proxymap(8) is not chrooted."""
    written = write(f"virtual_alias_maps = {prefix}mysql:/etc/postfix/q.cf\n", files={"q.cf": f"hosts = {hosts}\n"})
    assert bool(list(lookup_tables.judge(written, (), (), ()))) is wrong


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


def test_a_domain_in_two_classes(write: Write) -> None:
    """Also where one of them is the keys of a table; a list that names the other has it on purpose."""
    written = write("virtual_alias_maps = hash:/etc/postfix/v\n", files={"v": "shop.example anything\n"})
    (finding,) = domains.judge(written)
    assert "shop.example stands in mydestination and in virtual_alias_domains, which by default" in finding.what
    assert str(finding.place) == "main.cf:2"
    assert list(domains.judge(write("relay_domains = $mydestination\n"))) == []


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


def test_a_transport_that_is_not_there(write: Write) -> None:
    """The nearest that is there is told; without a master.cf of his own nobody knows."""
    written = write("virtual_transport = lmpt:unix:private/a\nmailbox_transport = lmtp:unix:private/a\n")
    (finding,) = transports.judge(written)
    assert (str(finding.place), finding.severity) == ("main.cf:5", Severity.ERROR)
    assert "did you mean lmtp?" in finding.remedy

"""What Postfix complains of."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from postfix_lab.audit import complaints
from postfix_lab.audit.examined import CommandOutput, Examination
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from postfix_lab.errors import InputError
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.runtime.setup import Setup
from tests.unit.audit.conftest import Write
from tests.unit.evidence_builder import evidence, log_of

SEED = Setup(CONFIGURATIONS / "seed")


def complain(write: Write, *lines: str, known: Sequence[AuditFinding] = (), printed: str = "") -> list[AuditFinding]:
    """What becomes of these lines of the log, on the seed's configuration."""
    seen = Examination(evidence=evidence(log=log_of(*lines)), complaints=(CommandOutput("postfix check", printed),))
    return list(complaints.judge(write("smtpd_timeout = soon\n"), SEED.fit(), seen, known))


def test_a_complaint_is_told_once_with_its_line(write: Write) -> None:
    """What differs in numbers only is the same; what master(8) says of it follows from it."""
    dies = "smtpd: fatal: invalid smtpd_timeout: 0 (min 1)"
    follows = "master: warning: process /usr/lib/postfix/sbin/smtpd pid 9 exit status 1"
    (finding,) = complain(write, dies, dies, follows)
    assert (finding.kind, str(finding.place), finding.severity) == (FindingKind.FATAL, "main.cf:5", Severity.ERROR)


@pytest.mark.parametrize(
    "line",
    [
        "cleanup: warning: file system clock is 1 seconds ahead of local clock",
        "dnsblog: warning: valid_hostname: empty hostname",
        "smtpd: connect from unknown[203.0.113.9]:1",
        "smtpd: warning: connect to Milter service unix:/run/a.sock: No such file or directory",
    ],
)
def test_what_is_no_complaint_of_its_own(write: Write, line: str) -> None:
    """The lab's doing, an ordinary line, and what another finding tells already."""
    known = AuditFinding(FindingKind.SOCKET, Severity.ERROR, FilePlace("main.cf"), "cannot reach unix:/run/a.sock", "move it")
    assert complain(write, line, known=[known]) == []


def test_what_the_terminal_says(write: Write) -> None:
    """`postfix check` complains there; what is harmless is a note."""
    printed = "postfix/postfix-script: warning: not owned by root: /etc/postfix/main.cf\n"
    (owner,) = complain(write, printed=printed)
    assert (owner.kind, owner.severity) == (FindingKind.WARNED, Severity.WARNING)
    (odd,) = complain(write, "smtp: warning: dnssec_probe: DNSSEC validation may be unavailable")
    assert not odd.matters
    assert complain(write, "smtpd: warning: dict_nis_init: NIS domain name not set - NIS lookups disabled") == []



@pytest.mark.parametrize(
    "text, remedy",
    [
        ("dnssec_probe: no", "nothing, if the host's own resolver validates: the lab's DNS signs nothing"),
        ("at least one working instance of x", "set compatibility_level, from 1 on smtpd_relay_restrictions has a default; or add reject_unauth_destination to smtpd_relay_restrictions"),
        ("TLS: unsupported protocol", "let smtpd_tls_mandatory_protocols and smtpd_tls_protocols have TLS 1.2 and later"),
        ("No server certs available", "name a certificate: smtpd_tls_chain_files, or smtpd_tls_cert_file and smtpd_tls_key_file"),
        ("unknown smtpd restriction: x", "write the restriction as postconf(5) spells it"),
        ("do not list domain a.example in BOTH", "take the domain out of one of the two lists"),
        ("open x: No such file or directory", "copy the file to where it is named, or take it out of the configuration"),
        ("open x: Permission denied", "let the user that the daemon runs as read it; it is postfix, and root before it starts"),
        ("connect to x: Connection refused", "see to it that the server runs and listens there"),
        ("problem talking to x", "see to it that the server runs and listens there"),
        ("not owned by root: x", "give the file to root and let nobody else write it"),
        ("x is not authorized", "add the table to proxy_read_maps"),
        ("bad numerical configuration: x", "give the parameter a value as postconf(5) has it"),
        ("SASL: no", "see smtpd_sasl_type and smtpd_sasl_path, and that Dovecot listens there"),
        ("cannot use the private key", "see the parameters smtpd_tls_*_file and smtpd_tls_chain_files"),
        ("odd", "mend what it names; postconf(5) has the parameters, and the host's own log what else was said then"),
    ],
)
def test_what_to_do(write: Write, text: str, remedy: str) -> None:
    """The first that fits, from the most special to the most general."""
    (finding,) = complain(write, f"smtpd: warning: {text}")
    assert (finding.what, finding.remedy) == (f"postfix/smtpd says: warning: {text}", remedy)


@pytest.mark.parametrize(
    "line, kind, severity",
    [
        ("smtpd: fatal: odd", FindingKind.FATAL, Severity.ERROR), ("smtpd: panic: odd", FindingKind.FATAL, Severity.ERROR), ("smtpd: error: odd", FindingKind.FATAL, Severity.ERROR),
        ("smtpd: warning: odd", FindingKind.WARNED, Severity.WARNING), ("smtpd: warning: DNSSEC validation may be unavailable", FindingKind.WARNED, Severity.NOTE),
        ("smtpd: warning: dnssec_probe: no", FindingKind.WARNED, Severity.NOTE), ("policyd-spf: ERROR: odd", FindingKind.FATAL, Severity.ERROR),
    ],
)  # fmt: skip
def test_how_much_it_matters(write: Write, line: str, kind: FindingKind, severity: Severity) -> None:
    """By its level, unless it is about the lab's DNS."""
    (finding,) = complain(write, line)
    assert (finding.kind, finding.severity) == (kind, severity)


@pytest.mark.parametrize(
    "line",
    [
        "smtpd: warning: makedefs.out: x", "smtpd: warning: postfix-files: x", "smtpd: warning: unused parameter: a=b",
        "smtpd: warning: undefined parameter: a", "smtpd: warning: resetting file time stamps", "cleanup: warning: undeliverable postmaster notification discarded",
        "dnsblog: warning: malformed domain name in resource name of SOA",
    ],
)  # fmt: skip
def test_what_an_admin_can_do_nothing_about(write: Write, line: str) -> None:
    """Debian's files, the machine's clock, and the lab's DNS."""
    assert complain(write, line) == []


def test_what_follows_from_another_complaint(write: Write) -> None:
    """Without the first one it is told."""
    throttled = "master: warning: /usr/lib/postfix/sbin/smtpd: bad command startup -- throttling"
    killed = "master: warning: process /usr/lib/postfix/sbin/smtpd pid 9 killed by signal 11"
    library = "smtpd: warning: TLS library problem: error:0A000126"
    assert len(complain(write, throttled, killed, library)) == 3
    assert [one.kind for one in complain(write, "smtpd: fatal: odd", throttled, killed)] == [FindingKind.FATAL]
    assert len(complain(write, "smtpd: warning: cannot load Certification Authority data", library)) == 1


@pytest.mark.parametrize("others", [("1.2.3.4", "5.6.7.8"), ("[a]:25", "[b]"), ("2001:db8::1", "2001:db8::2"), ("17", "4")])
def test_complaints_that_differ_in_numbers(write: Write, others: tuple[str, str]) -> None:
    """Addresses and numbers make no other complaint."""
    assert len(complain(write, *(f"smtpd: warning: odd {other} end" for other in others))) == 1
    assert len(complain(write, "smtpd: warning: odd a end", "smtpd: warning: odd b end")) == 2


def test_a_long_one_is_cut_short(write: Write) -> None:
    """And it moves no terminal."""
    (finding,) = complain(write, f"smtpd: warning: \x1b{'x' * 500}")
    assert (len(finding.what), "\x1b" in finding.what) == (400, False)


@pytest.mark.parametrize("word", ["a.example", "greedy"])
def test_what_another_finding_speaks_of(write: Write, word: str) -> None:
    """The same domain, restriction or SASL socket is told once."""
    line = {"a.example": "smtpd: warning: do not list domain a.example in BOTH x", "greedy": "smtpd: warning: restriction `greedy' after `reject' is ignored"}[word]
    known = AuditFinding(FindingKind.DEAD, Severity.NOTE, FilePlace("main.cf"), "one", "two", (word,))
    assert complain(write, line, known=[known]) == []
    assert len(complain(write, line)) == 1
    sasl = "smtpd: fatal: no SASL authentication mechanisms"
    socket = AuditFinding(FindingKind.SOCKET, Severity.ERROR, FilePlace("main.cf"), "cannot reach the SASL socket", "x")
    assert (complain(write, sasl, known=[socket]), len(complain(write, sasl))) == ([], 1)


@pytest.mark.parametrize(
    "printed, count", [("postfix: warning: odd\npostfix: fatal: worse\nall is well\n", 2), ("warning: odd", 1), ("no warning: odd", 0)]
)
def test_what_is_printed(write: Write, printed: str, count: int) -> None:
    """Each line with a level, of `postfix check` alone."""
    assert len(complain(write, printed=printed)) == count
    seen = Examination(complaints=(CommandOutput("/etc/postfix/a", printed),))
    assert list(complaints.judge(write(), SEED.fit(), seen, ())) == []


@pytest.mark.parametrize(
    "main, line, place",
    [
        ("smtpd_tls_cert_file = /c\n", "smtpd: warning: No server certs available", "main.cf:6"),
        ("smtpd_use_tls = yes\nsmtpd_tls_cert_file = /c\n", "smtpd: warning: No server certs available", "main.cf:6"),
        ("", "smtpd: warning: No server certs available", "master.cf:1"),
        ("smtpd_tls_protocols = x\n", "smtpd: warning: TLS: unsupported protocol", "main.cf:6"),
        ("smtpd_sasl_path = x\n", "smtpd: warning: SASL: no", "main.cf:6"),
        ("virtual_alias_maps = hash:/srv/odd\n", "cleanup: warning: cannot read /srv/odd", "main.cf:6"),
        ("", "cleanup: warning: cannot read /srv/odd", "master.cf:2"),
        ("", 'master: warning: service "lmtp" is odd', "master.cf:3"),
        ("", "master: warning: odd (cleanup)", "master.cf:2"),
        ("", 'master: warning: service "none" is odd', "main.cf"),
        ("", 'smtpd: warning: service "lmtp" is odd', "master.cf:1"),
    ],
)
def test_where_a_complaint_belongs(write: Write, main: str, line: str, place: str) -> None:
    """The parameter that settles it, the setting that it names, the entry that master(8) names, or the daemon's entry."""
    seen = Examination(evidence=evidence(log=log_of(line)))
    (finding,) = complaints.judge(write(f"smtpd_timeout = 300s\n{main}"), SEED.fit(), seen, ())
    assert str(finding.place) == place


def test_the_place_of_an_error(write: Write) -> None:
    """Within the folder by its name there; without a file it is main.cf's."""
    written = write()
    errors = [InputError("x", "/shop/a/b.cf", 3), InputError("x", "/shop/master.cf"), InputError("x")]
    assert [str(complaints.place_of(written, error)) for error in errors] == ["a/b.cf:3", "master.cf", "main.cf"]


@pytest.mark.parametrize("line", ["dnsblog: warning: odd", "smtpd: warning: valid_hostname: empty hostname"])
def test_what_is_not_about_the_labs_dns(write: Write, line: str) -> None:
    """Only what dnsblog(8) says of the root's SOA record is."""
    assert len(complain(write, line)) == 1


def test_an_option_of_the_service_that_complains(write: Write) -> None:
    """It overrides main.cf, so its line is the one."""
    master = "587 inet n - y - - smtpd\n  -o syslog_name=postfix/submission\n  -o smtpd_timeout=soon\n"
    seen = Examination(evidence=evidence(log=log_of("submission/smtpd: fatal: invalid smtpd_timeout: soon")))
    (finding,) = complaints.judge(write("smtpd_timeout = 300s\n", master), SEED.fit(), seen, ())
    assert str(finding.place) == "master.cf:6"


def test_queue_ids_do_not_tell_complaints_apart(write: Write) -> None:
    """One cause is told once, short or long as the id may be, and without it."""
    (finding,) = complain(write, "cleanup: warning: 4ABCD12345: odd", "cleanup: warning: 4ABCD99999: odd", "cleanup: warning: 3Xy8bq1Zz1z4kLp: odd")
    assert finding.what == "postfix/cleanup says: warning: odd"


@pytest.mark.parametrize(
    "line",
    [
        "smtpd: warning: hostname friend.example does not resolve to address 198.51.94.10",
        "smtpd: warning: user-0-0.canary.example[198.51.96.10]: SASL PLAIN authentication failed: x, sasl_username=ann",
        'master: warning: service "smtp" (25) has reached its process limit "2": new clients may experience noticeable delays',
        "master: warning: to avoid this condition, increase the process count in master.cf or reduce the service time per client",
        "local: warning: premature end-of-input on private/local socket while reading input attribute name",
        "smtpd: warning: queue file size limit exceeded",
        "local: fatal: main.cf configuration error: mailbox_size_limit is smaller than message_size_limit",
    ],
)
def test_what_the_lab_does_or_a_finding_says(write: Write, line: str) -> None:
    """How many sessions it holds, the daemons that it wakes; and what a limit does, where that is told."""
    words = "552 5.3.4 Error: message file too big", "message_size_limit (2) is above mailbox_size_limit (1)"
    known = [AuditFinding(FindingKind.CANARY, Severity.ERROR, FilePlace("main.cf", 9), word, "do") for word in words]
    assert complain(write, line, known=known) == []


def test_a_lookup_in_a_table_that_is_not_there(write: Write) -> None:
    """The table is a finding already, whichever parameter the daemon names; without one, the failure is told."""
    line = "trivial-rewrite: warning: virtual_alias_domains lookup failure"
    missing = AuditFinding(FindingKind.TABLE, Severity.ERROR, FilePlace("main.cf", 9), "the table x is not in the folder; without it Postfix answers 451 4.3.0", "do")
    assert complain(write, line, known=[missing]) == []
    assert len(complain(write, line)) == 1

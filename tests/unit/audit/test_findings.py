"""Findings from sessions and from the log, all of them together, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from postfix_lab.audit import audit_report, complaints, findings, probe_sessions
from postfix_lab.audit.examined import CommandOutput, Examined
from postfix_lab.audit.finding import FilePlace, Finding, FindingKind, Severity
from postfix_lab.audit.probes import Aim, ProbePlan, Trial
from postfix_lab.errors import InputError
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.postfix.files.master_cf import Service
from postfix_lab.runtime.setup import Setup
from postfix_lab.scenario.scenario import Session
from postfix_lab.scenario.world import Host
from postfix_lab.smtp.dialogue import Dialogue
from postfix_lab.smtp.transcript import Transcript
from tests.unit.audit.conftest import Write
from tests.unit.evidence_builder import evidence, log_of, session

SEED = Setup(CONFIGURATIONS / "seed")
SMTP = Service("smtp", "inet", chrooted=True, command="smtpd", arguments=(), options=(), first=1, last=1)
SILENT = Transcript("203.0.113.10", 40001, "192.0.2.21", 25, (), "timeout", "no reply within 2 s")


def held(write: Write, *trials: tuple[Aim, Transcript, str], lines: Sequence[str] = ()) -> list[Finding]:
    """The findings of these sessions, each with its aim and its sender."""
    client = Session(Host("203.0.113.10"), Dialogue())
    plan = ProbePlan(tuple(Trial(aim, SMTP, client, sender) for aim, _, sender in trials), (), (), 2.0)
    seen = evidence(sessions=tuple(transcript for _, transcript, _ in trials), log=log_of(*lines))
    return list(probe_sessions.judge(write("smtpd_relay_restrictions =\n"), plan, seen))


def test_a_stranger_relays(write: Write) -> None:
    """An accepted message is an open relay, told once for all who could."""
    eve, own = session(), session()
    (finding,) = held(write, (Aim.RELAY, eve, "eve@stranger.example"), (Aim.RELAY, own, "postmaster@shop.example"))
    assert (finding.kind, str(finding.place), finding.severity) == (FindingKind.RELAY, "main.cf:5", Severity.ERROR)
    assert "since no restriction refuses it" in finding.what


def test_a_borrowed_sender_relays(write: Write) -> None:
    """Where only the own domain as the sender does it, that is said."""
    refused = session(RCPT="554 5.7.1 <x@relay.example>: Relay access denied", DATA=None, MESSAGE=None)
    (finding,) = held(write, (Aim.RELAY, refused, "eve@stranger.example"), (Aim.RELAY, session(), "postmaster@shop.example"))
    assert "who calls himself postmaster@shop.example" in finding.what


def test_a_gateway_relays(write: Write) -> None:
    """It is a finding of its own, but not where strangers may relay by the same line."""
    (finding,) = held(write, (Aim.GATEWAY, session(), "eve@stranger.example"))
    assert (finding.kind, finding.severity) == (FindingKind.GATEWAY, Severity.WARNING)
    both = held(write, (Aim.GATEWAY, session(), "e@s.example"), (Aim.RELAY, session(), "e@s.example"))
    assert [one.kind for one in both] == [FindingKind.RELAY]


@pytest.mark.parametrize(
    "reply, severity", [("554 5.7.1 no", Severity.WARNING), ("451 4.3.5 Server configuration error", Severity.ERROR)]
)
def test_a_good_mail_is_refused(write: Write, reply: str, severity: Severity) -> None:
    """It may be meant so; a broken map or service is not."""
    refused = session(RCPT=reply, DATA=None, MESSAGE=None)
    (finding,) = held(write, (Aim.CANARY, refused, ""), (Aim.CANARY, refused, ""))
    assert (finding.kind, finding.severity, str(finding.place)) == (FindingKind.CANARY, severity, "master.cf:1")


def test_nobody_greets(write: Write) -> None:
    """A listener without a banner is a finding, unless a daemon died: its last words are one."""
    (finding,) = held(write, (Aim.OPEN, SILENT, ""))
    assert (finding.kind, str(finding.place)) == (FindingKind.LISTENER, "master.cf:1")
    assert held(write, (Aim.OPEN, SILENT, ""), lines=["smtpd: fatal: no SASL authentication mechanisms"]) == []


def complain(write: Write, *lines: str, known: Sequence[Finding] = (), printed: str = "") -> list[Finding]:
    """What becomes of these lines of the log, on the seed's configuration."""
    seen = Examined(evidence=evidence(log=log_of(*lines)), complaints=(CommandOutput("postfix check", printed),))
    return list(complaints.judge(write("smtpd_timeout = soon\n"), SEED.fitted(), seen, known))


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
    known = Finding(FindingKind.SOCKET, Severity.ERROR, FilePlace("main.cf"), "cannot reach unix:/run/a.sock", "move it")
    assert complain(write, line, known=[known]) == []


def test_what_the_terminal_says(write: Write) -> None:
    """`postfix check` complains there; what is harmless is a note."""
    printed = "postfix/postfix-script: warning: not owned by root: /etc/postfix/main.cf\n"
    (owner,) = complain(write, printed=printed)
    assert (owner.kind, owner.severity) == (FindingKind.WARNED, Severity.WARNING)
    (nis,) = complain(write, "smtpd: warning: dict_nis_init: NIS domain name not set - NIS lookups disabled")
    assert not nis.matters


def test_what_was_refused_has_its_line() -> None:
    """An error within the folder is a finding; one about the folder is not."""
    folder = SEED.configuration
    found = findings.refusal_finding(SEED, InputError("there is no =", f"{folder}/main.cf", 7))
    assert found is not None
    assert (str(found.place), found.what, found.kind) == ("main.cf:7", "there is no =", FindingKind.REFUSED)
    assert findings.refusal_finding(SEED, InputError("there is no main.cf", str(folder))) is None


def test_what_does_not_start() -> None:
    """Where Postfix's words name no line they are shown as they are, harmless on any terminal."""
    (finding,) = findings.judge(SEED, Examined(refused="`postfix start` ended\n  master: fatal: \x1b[2Jbind\n"))
    assert (finding.kind, str(finding.place)) == (FindingKind.FATAL, "main.cf")
    assert finding.what == "Postfix does not start: \\x1b[2Jbind"
    (finding,) = findings.judge(SEED, Examined(refused="master: fatal: 0.0.0.0:submission: Servname not supported"))
    assert str(finding.place) == "master.cf:3"


FINDINGS = (
    Finding(FindingKind.RELAY, Severity.ERROR, FilePlace("main.cf", 9), "open relay", "close it", ("RCPT -> 250 Ok",)),
    Finding(FindingKind.DEAD, Severity.NOTE, FilePlace("main.cf", 3), "twice", "take one out"),
)


def test_the_report_reads_like_a_compilers() -> None:
    """Place first, then the severity and what is wrong, below it the remedy and the evidence; the count last."""
    told = list(audit_report.lines("etc", FINDINGS, None, ["the log broke off"], colour=False))
    assert told[:3] == ["etc/main.cf:9: error: open relay [open-relay]", "    close it", "    | RCPT -> 250 Ok"]
    assert told[-2:] == ["trouble: the log broke off", "etc: 1 error, 1 note"]
    assert "\x1b[31merror\x1b[0m" in next(audit_report.lines("etc", FINDINGS, None, [], colour=True))
    assert audit_report.verdict("etc", FINDINGS[1:]) == "etc: clean, 1 note"


def test_a_program_gets_the_same() -> None:
    """Each with its file, its line or none, and whether it matters."""
    first, second = audit_report.data(FINDINGS, "etc")
    assert (first["file"], first["line"], first["matters"]) == (str(Path("etc") / "main.cf"), 9, True)
    assert (second["kind"], second["severity"], second["matters"]) == ("dead-restriction", "note", False)

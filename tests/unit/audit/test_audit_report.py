"""The findings on a screen and as data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from postfix_lab.audit import audit_report
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from tests.unit.evidence_builder import FACTS

FINDINGS = (
    AuditFinding(FindingKind.RELAY, Severity.ERROR, FilePlace("main.cf", 9), "open relay", "close it", ("RCPT -> 250 Ok",)),
    AuditFinding(FindingKind.DEAD, Severity.NOTE, FilePlace("main.cf", 3), "twice", "take one out"),
)


def test_the_report_reads_like_a_compilers() -> None:
    """FilePlace first, then the severity and what is wrong, below it the evidence and the remedy; the count last."""
    told = list(audit_report.lines("etc", FINDINGS, None, ["the log broke off"], colour=False))
    assert told[:3] == ["etc/main.cf:9: error: open relay [open-relay]", "    | RCPT -> 250 Ok", "    close it"]
    assert told[-2:] == ["trouble: the log broke off", "etc: 1 error, 1 note"]
    assert "\x1b[31merror\x1b[0m" in next(audit_report.lines("etc", FINDINGS, None, [], colour=True))
    assert audit_report.verdict("etc", FINDINGS[1:]) == "etc: clean, 1 note"


def test_a_remedy_is_told_once() -> None:
    """Findings of one kind with one remedy follow each other, each with its place."""
    twice = tuple(replace(FINDINGS[0], place=FilePlace("main.cf", line), evidence=()) for line in (9, 12))
    told = list(audit_report.lines("etc", twice, None, [], colour=False))
    assert told[:3] == [f"etc/main.cf:{line}: error: open relay [open-relay]" for line in (9, 12)] + ["    close it"]


def test_notes_are_one_line_a_kind() -> None:
    """A note by itself is told without its remedy; of several the first three places. `--full` has all."""
    notes = tuple(replace(FINDINGS[1], place=FilePlace("main.cf", line)) for line in range(1, 6))
    assert next(audit_report.lines("etc", FINDINGS[1:], None, [], colour=False)) == "etc/main.cf:3: note: twice [dead-restriction]"
    short = list(audit_report.lines("etc", notes, None, [], colour=False))
    assert short[:2] == ["etc: note: dead-restriction x 5: main.cf:1, main.cf:2, main.cf:3 and 2 more;", "    --full has each"]
    full = list(audit_report.lines("etc", notes, None, [], colour=False, full=True))
    assert [line for line in full if "note: twice" in line] == [f"etc/main.cf:{n}: note: twice [dead-restriction]" for n in range(1, 6)]
    assert "    take one out" in full


def test_no_line_is_wider_than_the_screen() -> None:
    """Long words alone are; what continues a line is indented."""
    long = replace(FINDINGS[0], what="word " * 40, remedy="mend " * 40, evidence=("250 " * 60,))
    told = list(audit_report.lines("etc", (long,), FACTS, ["lost " * 40], colour=False, full=True))
    assert max(map(len, told)) <= 80
    assert told[1].startswith("    word")


def test_a_program_gets_the_same() -> None:
    """Each with its file, its line or none, and whether it matters."""
    first, second = audit_report.data(FINDINGS, "etc")
    assert (first["file"], first["line"], first["matters"]) == (str(Path("etc") / "main.cf"), 9, True)
    assert (second["kind"], second["severity"], second["matters"]) == ("dead-restriction", "note", False)



def test_a_clean_report_with_its_host() -> None:
    """The mail host and what was replaced, above the verdict; trouble before them."""
    told = list(audit_report.lines("e\x1b", (), replace(FACTS, deltas=()), ["lost\x07"], colour=False))
    assert told == ["trouble: lost\\x07", "host     Debian 12, Postfix 3.7.11, chroot packaged", "replaced nothing", "e\\x1b: clean"]
    told = list(audit_report.lines("etc", FINDINGS[:1], FACTS, (), colour=False, full=True))
    assert told[3:7] == ["", "host     Debian 12, Postfix 3.7.11, chroot packaged", "replaced", "  transport_maps = static:lmtp:inet:[192.0.2.99]:24"]
    told = list(audit_report.lines("etc", FINDINGS[:1], FACTS, (), colour=False))
    assert told[5:7] == ["replaced", "         transport_maps = static:lmtp:inet:[192.0.2.99]:24"]


@pytest.mark.parametrize("severity, code", [(Severity.ERROR, "31"), (Severity.WARNING, "33"), (Severity.NOTE, "36")])
def test_colours(severity: Severity, code: str) -> None:
    """Each severity has its own."""
    one = AuditFinding(FindingKind.DEAD, severity, FilePlace("main.cf", 3), "what", "do")
    assert next(audit_report.lines("etc", (one,), None, (), colour=True)) == f"etc/main.cf:3: \x1b[{code}m{severity}\x1b[0m: what [dead-restriction]"


def test_the_verdict() -> None:
    """Each severity counted, in order; several of one have an s."""
    warning = AuditFinding(FindingKind.DEAD, Severity.WARNING, FilePlace("main.cf"), "", "")
    assert audit_report.verdict("etc", (*FINDINGS, warning, warning)) == "etc: 1 error, 2 warnings, 1 note"
    assert audit_report.verdict("etc", ()) == "etc: clean"


def test_all_that_a_program_gets() -> None:
    """Every word; a finding without a line has none."""
    one = AuditFinding(FindingKind.DEAD, Severity.WARNING, FilePlace("main.cf"), "what", "do", ("e",))
    assert audit_report.data((one,), "etc") == [{
        "kind": "dead-restriction", "severity": "warning", "matters": True, "file": "etc/main.cf", "line": None, "what": "what", "remedy": "do",
        "evidence": ["e"],
    }]  # fmt: skip

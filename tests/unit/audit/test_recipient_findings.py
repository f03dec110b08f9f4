"""Unknown recipients that were accepted."""

from __future__ import annotations

import pytest

from postfix_lab.audit import recipient_findings
from postfix_lab.audit.trial import Aim
from tests.unit.audit.conftest import Write
from tests.unit.audit.results import result
from tests.unit.evidence_builder import session

LOCAL = "mydestination shop.example"


@pytest.mark.parametrize(
    "main, detail, severity, place, words",
    [
        ("", LOCAL, "note", "main.cf:4", "local_recipient_maps is empty"),
        ("relay_domains = far.example\n", "relay_domains far.example", "warning", "main.cf:5", "relay_recipient_maps is empty"),
        ("virtual_mailbox_domains =\n v.example\n", "virtual_mailbox_domains v.example", "warning", "main.cf:6", "virtual_mailbox_maps is empty"),
        ("relay_recipient_maps = static:x\n", "relay_domains far.example", "note", "main.cf:5", "relay_recipient_maps = static:x has everybody"),
    ],
)
def test_backscatter(write: Write, main: str, detail: str, severity: str, place: str, words: str) -> None:
    """At the tables of that class, or where none is named, at the domain; what somebody wrote out is meant."""
    (finding,) = recipient_findings.judge(write(main), [result(Aim.UNKNOWN, session(), detail)])
    assert (str(finding.severity), str(finding.place)) == (severity, place)
    assert words in finding.what
    assert ("luser_relay" in finding.remedy) is ("reject_unverified_recipient" not in finding.remedy) is (detail == LOCAL)


@pytest.mark.parametrize(
    "main",
    [
        "luser_relay = postmaster\n",
        "local_recipient_maps = unix:passwd.byname\n",
        "local_recipient_maps = mysql:/etc/postfix/users.cf\n",
        "local_recipient_maps = hash:/etc/postfix/not-brought\n",
        "virtual_alias_maps = hash:/etc/postfix/virtual\n",
        "virtual_alias_maps = ldap:/etc/postfix/aliases.cf\n",
    ],
)
def test_what_is_meant_or_not_known(write: Write, main: str) -> None:
    """Somebody reads it, an entry takes every address, or the lab does not have the table."""
    written = write(main, files={"virtual": "@shop.example ann\n", "users.cf": "", "aliases.cf": ""})
    assert list(recipient_findings.judge(written, [result(Aim.UNKNOWN, session(), LOCAL)])) == []


def test_who_was_refused(write: Write) -> None:
    """As it should be; other sessions are about something else."""
    refused = session(RCPT="550 5.1.1 User unknown", DATA=None, MESSAGE=None)
    results = [result(Aim.UNKNOWN, refused, LOCAL), result(Aim.CANARY, session(), LOCAL), result(Aim.UNKNOWN, session(RCPT=None), LOCAL)]
    assert list(recipient_findings.judge(write(), results)) == []

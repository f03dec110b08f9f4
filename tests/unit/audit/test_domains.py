"""A domain in two classes."""

from __future__ import annotations

import pytest

from postfix_lab.audit import domains
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from tests.unit.audit.conftest import Write


def test_a_domain_in_two_classes(write: Write) -> None:
    """Also where one of them is the keys of a table; a list that names the other has it on purpose."""
    written = write("virtual_alias_maps = hash:/etc/postfix/v\n", files={"v": "shop.example anything\n"})
    (finding,) = domains.judge(written)
    assert "shop.example stands in mydestination and in virtual_alias_domains, which by default" in finding.what
    assert str(finding.place) == "main.cf:2"
    assert list(domains.judge(write("relay_domains = $mydestination\n"))) == []



MAILBOXES = "virtual_mailbox_domains for mailboxes without an account"
ACCOUNTS = "mydestination is for accounts of this host"
FOR = {"virtual_alias_domains": "virtual_alias_domains for addresses that all lead elsewhere", "relay_domains": "relay_domains for mail that goes on to another host"}


def test_what_is_said(write: Write) -> None:
    """Both lists with the place of the second, and what each is for."""
    (finding,) = domains.judge(write("virtual_mailbox_domains =\n  a.example\n  SHOP.example\n"))
    assert finding == AuditFinding(
        FindingKind.OVERLAP, Severity.ERROR, FilePlace("main.cf", 2),
        "shop.example stands in mydestination and in virtual_mailbox_domains (main.cf:5): "
        "Postfix takes it for one of them, whichever it looks at first",
        f"take it out of mydestination, or out of virtual_mailbox_domains: {ACCOUNTS}, {MAILBOXES}",
    )  # fmt: skip


@pytest.mark.parametrize("other, severity", [("virtual_alias_domains", Severity.ERROR), ("relay_domains", Severity.WARNING)])
def test_each_pair(write: Write, other: str, severity: Severity) -> None:
    """A domain that is relayed as well is only a warning: Postfix's own default was so for long."""
    (finding,) = domains.judge(write(f"virtual_mailbox_domains = a.example\n{other} = a.example\n"))
    assert (finding.severity, str(finding.place)) == (severity, "main.cf:5")
    assert finding.remedy.endswith(f": {MAILBOXES}, {FOR[other]}")


@pytest.mark.parametrize("name", ["$mydestination", "${mydestination}", "$(mydestination)"])
def test_a_list_that_names_the_other(write: Write, name: str) -> None:
    """It has its domains on purpose; a longer name is another one."""
    assert list(domains.judge(write(f"relay_domains = {name}, shop.example\n"))) == []
    assert len(list(domains.judge(write("relay_domains = $mydestinations, shop.example\n")))) == 1


def test_many_domains(write: Write) -> None:
    """Five are named, the others counted."""
    both = " ".join(f"{letter}.example" for letter in "abcdefg")
    (finding,) = domains.judge(write(f"virtual_mailbox_domains = {both}\nrelay_domains = {both}\n"))
    assert finding.what.startswith("a.example, b.example, c.example, d.example, e.example and 2 more stands in virtual_mailbox_domains and in")
    five = " ".join(both.split()[:5])
    (finding,) = domains.judge(write(f"virtual_mailbox_domains = {five}\nrelay_domains = {five}\n"))
    assert finding.what.startswith("a.example, b.example, c.example, d.example, e.example stands in")

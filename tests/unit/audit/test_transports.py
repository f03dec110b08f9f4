"""Transports that master.cf does not have."""

from __future__ import annotations

import pytest

from postfix_lab.audit import transports
from postfix_lab.audit.finding import AuditFinding, FilePlace, FindingKind, Severity
from tests.unit.audit.conftest import Write


def test_a_transport_that_is_not_there(write: Write) -> None:
    """The nearest that is there is told; without a master.cf of his own nobody knows."""
    written = write("virtual_transport = lmpt:unix:private/a\nmailbox_transport = lmtp:unix:private/a\n")
    (finding,) = transports.judge(written)
    assert (str(finding.place), finding.severity) == ("main.cf:5", Severity.ERROR)
    assert "did you mean lmtp?" in finding.remedy



def test_what_is_said(write: Write) -> None:
    """Both remedies, with what there is."""
    (finding,) = transports.judge(write("default_transport = qqq\n"))
    assert finding == AuditFinding(
        FindingKind.TRANSPORT, Severity.ERROR, FilePlace("main.cf", 5),
        "default_transport: master.cf has no transport qqq, so its mail stays in the queue",
        "add the service qqq to master.cf, or name another: there are cleanup, lmtp",
    )  # fmt: skip


@pytest.mark.parametrize("value", ["lmtp", "lmtp:inet:a:1", "", "a b", "$unknown"])
def test_what_is_there_or_none(write: Write, value: str) -> None:
    """A service of kind unix, or no name at all."""
    assert list(transports.judge(write(f"default_transport = {value}\n"))) == []


def test_a_listener_is_no_transport(write: Write) -> None:
    """A service of kind inet takes mail, and delivers none; without a master.cf of his own nobody knows."""
    written = write("default_transport = smtp\n")
    assert [one.kind for one in transports.judge(written)] == [FindingKind.TRANSPORT]
    source = type(written.source)("/shop", written.source.files, main="main.cf", master="")
    assert list(transports.judge(type(written)(source, written.master_text))) == []


def test_who_delivers(write: Write) -> None:
    """The services of the domains that the configuration has, by their names."""
    assert transports.delivery_agents(write("virtual_transport = virtual\n")) == {"local"}
    assert transports.delivery_agents(write("local_transport = lmtp:unix:private/x\nvirtual_mailbox_domains = v.example\n")) == {"lmtp", "virtual"}
    assert transports.delivery_agents(write("mydestination =\n")) == frozenset()

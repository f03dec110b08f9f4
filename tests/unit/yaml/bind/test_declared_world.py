"""Worlds from YAML: zonedata as the RFC 7208 test suite has it, zones, hosts and faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from postfix_lab.dns.fault import Fault, FaultKind
from postfix_lab.dns.namespace import Namespace
from postfix_lab.scenario.ptr import Ptr, PtrKind
from postfix_lab.smtp.answer import Answer
from postfix_lab.smtp.behaviour import ACCEPT, REFUSE, Behaviour
from tests.unit.yaml.conftest import Mistake, Plays

END = "tests: {a: {expect: {code: 250}}}\n"
DATA = r"""
zonedata:
  example.com:
    - SPF: v=spf1 mx -all
    - MX: [10, mail.example.com]
    - TIMEOUT
  both.example: [TXT: "a \"b\" \\", SPF: v=spf1 -all]
  none.example: [SPF: v=spf1 -all, TXT: NONE]
  split.example: [SPF: ["v=spf1 ", -all]]
  null.example: [MX: [0, ""]]
  slow.example: [TXT: SERVFAIL]
  $mydomain: [TXT: ours]
  4.3.2.1.in-addr.arpa: [PTR: mail.example.com]
"""


def answers(world: Namespace, name: str, rtype: str) -> list[str]:
    return [record.text for record in world.answer(name, rtype).answers]


def test_zonedata_as_in_the_suite(sheet: Plays) -> None:
    """SPF records are TXT records too, unless the name has TXT entries; names are absolute; texts are octets."""
    (play,) = sheet(DATA + END)
    dns = Namespace(play.rounds[0].world.dns_zones())
    assert answers(dns, "example.com", "TXT") == answers(dns, "example.com", "SPF") == ['"v=spf1 mx -all"']
    assert answers(dns, "example.com", "MX") == ["10 mail.example.com."]
    assert answers(dns, "both.example", "TXT") == [r'"a \"b\" \\"']
    assert answers(dns, "none.example", "TXT") == []
    assert answers(dns, "split.example", "TXT") == ['"v=spf1 " "-all"']
    assert answers(dns, "null.example", "MX") == ["0 ."]
    assert answers(dns, "lab.test", "TXT") == ['"ours"']
    assert answers(dns, "4.3.2.1.in-addr.arpa", "PTR") == ["mail.example.com."]


def test_failures_in_zonedata(sheet: Plays) -> None:
    """One by itself is that of the types without a record, one under a type is that type's."""
    (play,) = sheet(DATA + END)
    faults = play.rounds[0].world.faults
    assert {fault.type for fault in faults if fault.name == "example.com"}.isdisjoint({"TXT", "SPF", "MX"})
    assert Fault("example.com", FaultKind.TIMEOUT, "A") in faults
    assert [fault for fault in faults if fault.name == "slow.example"] == [Fault("slow.example", FaultKind.SERVFAIL, "TXT")]


@pytest.mark.parametrize(
    "ptr, meant",
    [
        ("right", Ptr.right()),
        ("missing", Ptr.missing()),
        ("none", Ptr.missing()),
        ("servfail", Ptr.servfail()),
        ("mail.good.example", Ptr.to("mail.good.example")),
        ("mismatch gmail.com", Ptr.mismatch("gmail.com")),
        ("mismatch", Ptr(PtrKind.MISMATCH, ("borrowed.example",))),
        ("forward-timeout slow.example", Ptr.forward_timeout("slow.example")),
        ("to a.example b.example", Ptr.to("a.example", "b.example")),
        ("unconfirmed a.example", Ptr.to("a.example", forward=False)),
    ],
)
def test_reverse_lookups(sheet: Plays, ptr: str, meant: Ptr) -> None:
    """One word, or a kind and its names."""
    (play,) = sheet(f"tests: {{a: {{host: 203.0.113.9, ptr: {ptr}, expect: {{code: 250}}}}}}\n")
    assert play.rounds[0].sessions[0].client.ptr == meant


def test_hosts(sheet: Plays) -> None:
    """A key with a dot is the host's name; MTAs answer by a word or stage by stage, and may send on to the mail host."""
    (play,) = sheet(f"""
hosts:
  mx.far.example: {{address: [203.0.113.60, "2001:db8::60"], mta: refuse}}
  plain: {{address: 203.0.113.61, mta: {{rcpt: 550 5.1.1 No, forward-to: mail-host}}, ptr: missing, helo: x}}
{END}""")
    first, second = play.rounds[0].at("192.0.2.25").world.hosts
    assert (first.name, first.addresses, first.mta) == ("mx.far.example", ("203.0.113.60", "2001:db8::60"), REFUSE)
    assert second.mta == Behaviour(rcpt="550 5.1.1 No", forward_to="192.0.2.25")
    assert (second.name, second.helo, second.ptr) == (None, "x", Ptr.missing())


def test_mta_that_misbehaves(sheet: Plays) -> None:
    """Answers for certain moments, keywords that it lacks, and its certificate."""
    (play,) = sheet(f"""
hosts:
  mx.far.example:
    address: 203.0.113.60
    mta: {{answers: [{{stage: RCPT, says: DROP, to: bob@far.example, nth: 2}}], lacks: SMTPUTF8, tls: expired}}
{END}""")
    answer = Answer("RCPT", "DROP", to="bob@far.example", nth=2)
    (host,) = play.rounds[0].at("192.0.2.25").world.hosts
    assert host.mta == Behaviour(answers=answer, lacks="SMTPUTF8", tls="expired")


def test_zones_from_text_and_file(sheet: Plays, tmp_path: Path) -> None:
    """`$ORIGIN` stays what it is; a file lies beside the sheet or is one of the lab's."""
    (tmp_path / "far.zone").write_text("$ORIGIN far.example.\n@ MX 10 mx\n")
    (play,) = sheet(f"""
zones:
  - far.zone
  - spf.zone
  - text: |
      $ORIGIN near.example.
      @ TXT "x"
{END}""")
    dns = Namespace(play.rounds[0].world.dns_zones())
    assert answers(dns, "far.example", "MX") == ["10 mx.far.example."]
    assert answers(dns, "near.example", "TXT") == ['"x"']
    assert dns.contains("spf.example")


def test_only_the_tests_own_faults_have_to_be_met(sheet: Plays) -> None:
    """A fault that the file says for all is there, and no test is unknown for want of it."""
    shared, own = sheet("""
faults: {name: shared.example, kind: SERVFAIL}
tests:
  a: {expect: {code: 250}}
  b: {faults: {name: 203.0.113.9, type: PTR, kind: DELAY, seconds: 0.5}, expect: {code: 250}}
""")
    assert [check.name for check in shared.rounds[0].checks] == ["decided"]
    assert [check.name for check in own.rounds[0].checks] == ["decided", "faults_met"]
    assert own.rounds[0].world.faults[0] == Fault("9.113.0.203.in-addr.arpa", FaultKind.DELAY, "PTR", 0.5)
    assert {play.rounds[0].without for play in (shared, own)} == {("fault-hit", "answer-given")}


def test_only_the_tests_own_answers_have_to_be_given(sheet: Plays) -> None:
    """An MTA that the file has for all may be left alone by a test; one that a test has itself may not."""
    hop = "hosts: {mx.far.example: {address: 203.0.113.60, mta: {answers: {stage: MAIL, says: DROP}}}}"
    shared, own = sheet(f"{hop}\ntests:\n  a: {{expect: {{code: 250}}}}\n  b:\n    expect: {{code: 250}}\n    {hop}\n")
    assert [check.name for check in shared.rounds[0].checks] == ["decided"]
    assert [check.name for check in own.rounds[0].checks] == ["decided", "answers_given"]


@pytest.mark.parametrize(
    "text, message",
    [
        ("zonedata: {a.example: [MX: [70000, b]]}\n", "2:28: the preference of MX is '70000'"),
        ("zonedata: {a.example: [NAPTR: x]}\n", "2:24: NAPTR is not a record type that is known here"),
        ("zonedata: {a..example: [A: 1.2.3.4]}\n", "2:12: the name 'a..example' has an empty label"),
        ("zonedata: {a.example: [A: 1.2.3]}\n", "2:27: "),
        ("zones: {text: 'a A 1.2.3.4'}\n", "2:15: line 1 of the zone: 'a' is relative"),
        ("zones: nowhere.zone\n", "2:8: there is no zone file 'nowhere.zone'"),
        ("zones: {origin: a.example}\n", "2:8: a zone needs its `text` or a `file`"),
        ("hosts: {a: {address: nonsense}}\n", "2:22: 'nonsense' is not an IP address"),
        ("hosts: {a: {address: 1.2.3}}\n", "2:9: '1.2.3' is not an IPv4 or IPv6 address"),
        ("hosts: {a: {address: 1.2.3.4, ptr: missing x}}\n", "2:36: `missing` claims no name"),
        ("hosts: {a: {address: 1.2.3.4, ptr: msising}}\n", "2:36: 'msising' is no kind of reverse lookup; did you mean missing?"),
        ("hosts: {a: {address: 1.2.3.4, ptr: mismatch a.b c.d}}\n", "2:36: `mismatch` claims one name"),
        ("hosts: {a: {address: 1.2.3.4, mta: {rcpt: no}}}\n", "2:36: the MTA's rcpt 'no' is no SMTP reply"),
        ("hosts: {a: {address: 1.2.3.4, mta: {forward-to: 1.2.3}}}\n", "2:49: '1.2.3' is not an IPv4 or IPv6 address"),
        ("faults: {name: a.example, kind: DELAY}\n", "2:9: `seconds` goes with DELAY, and DELAY needs it"),
        ("faults: {name: a.example, kind: SERVFAIL, seconds: 1}\n", "2:9: `seconds` goes with DELAY"),
        ("faults: {name: a.example, kind: SERVFAIL, octets: 1}\n", "2:9: `octets` goes with HUGE alone"),
        ("faults: {name: a.example, kind: SERVFAIL, records: [A 192.0.2.1]}\n", "2:9: the fault SERVFAIL of 'a.example' has records"),
        ("faults: {name: a.example, kind: ANSWER}\n", "2:9: the fault ANSWER of 'a.example' lacks its records"),
        ("faults: {name: a.example, kind: SERVFIAL}\n", "2:33: 'SERVFIAL' is not a kind of fault; did you mean SERVFAIL?"),
    ],
)
def test_mistakes(mistake: Mistake, text: str, message: str) -> None:
    """Each is told where it was written."""
    assert mistake(text + END).startswith(message)


@pytest.mark.parametrize(
    "keys, sink", [("", ACCEPT), ("sink: absent\n", None), ("sink: refuse\n", REFUSE), ("sink: {rcpt: 450 no}\n", Behaviour(rcpt="450 no"))]
)
def test_how_the_sink_answers(sheet: Plays, keys: str, sink: Behaviour | None) -> None:
    """It takes everything, unless the file says otherwise or that nobody listens there."""
    (play,) = sheet(keys + END)
    assert play.rounds[0].world.sink == sink

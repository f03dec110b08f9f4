"""Scenarios in YAML turned upside down, in a process of their own: each has to go red, and say why like any other."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from postfix_lab.paths import CONFIGURATIONS, ROOT
from postfix_lab.yaml.packs import pack_file
from tests.selftest.inner import Done, Inner

LIVING = ROOT / "tests" / "scenarios" / "yaml"
UPSIDE_DOWN = """
schema: postfix-lab/v1
tests:
  passes: {expect: {verdict: accept}}
  wrong-code: {host: 203.0.113.9, ptr: missing, expect: {verdict: defer, code: 550}}
  wrong-verdict: {host: 203.0.113.9, ptr: missing, expect: {verdict: [accept, reject, closed]}}
  wrong-question: {host: 203.0.113.9, expect: {asked: 203.0.113.9 PTR -> NXDOMAIN}}
  wrong-result: {zonedata: {good.example: [TXT: v=spf1 -all]}, result: pass}
  wrong-line: {expect: {log-never: "disconnect from"}}
  unexpected-warning: {host: 203.0.113.99, ptr: mismatch gmail.com, expect: {verdict: accept}}
  second-step: {steps: [{expect: {verdict: accept}}, {expect: {verdict: reject}}]}
  second-session: {sessions: [{expect: {verdict: accept}}, {expect: {verdict: reject}}]}
  fault-of-nobody: {faults: {name: nobody.example, kind: SERVFAIL}, expect: {verdict: accept}}
  broken: {main: {virtual_alias_maps: "fail:every-lookup"},
           canary: no, without: quiet-log, expect: {verdict: [accept, defer, reject]}}
  fails-as-expected: {xfail: a reason, expect: {verdict: reject}}
  passes-unexpectedly: {xfail: a reason, expect: {verdict: accept}}
  broken-as-expected: {xfail: a reason, faults: {name: nobody.example, kind: SERVFAIL}, expect: {verdict: accept}}
  left-out: {skip: a reason, expect: {verdict: accept}}
"""
_ENDS = {
    "": "passes",
    "failure": "wrong-code wrong-verdict wrong-question wrong-result wrong-line unexpected-warning second-step "
    "second-session passes-unexpectedly",
    "error": "fault-of-nobody broken broken-as-expected",
    "skipped": "fails-as-expected left-out",
}
ENDS = {name: [end] if end else [] for end, names in _ENDS.items() for name in names.split()}


@pytest.fixture
def ends(inner: Inner) -> Done:
    """A run in which scenarios end in every way there is."""
    (inner.folder / "upside.yaml").write_text(UPSIDE_DOWN)
    return inner.run("", "upside.yaml", "--lab-lines", "--junitxml=junit.xml")


def test_every_way_to_end(ends: Done, inner: Inner) -> None:
    """Red is a failure, blind an error; what fails as expected passes, what passes unexpectedly is red."""
    cases = ET.parse(inner.folder / "junit.xml").iter("testcase")  # noqa: S314 - the lab wrote it itself
    told = {c.get("name", "").partition("[")[0]: [e.tag for e in c if e.tag != "properties"] for c in cases}
    assert told == ENDS
    assert ends.code == 1
    assert inner.left() == {}
    row = next(line.split() for line in ends.output.splitlines() if line.startswith("debian 12"))
    assert row[:6] == ["debian", "12", "packaged", "2", "9", "3"]
    assert "::fails-as-expected -> fails as expected: a reason" in ends.output


def test_a_failure_is_the_same_story(ends: Done) -> None:
    """With the verdict in words, the session, and the command that repeats it; nowhere a traceback."""
    assert "  want     defer: 550\n  got      defer: RCPT refused with 450 4.7.1\n" in ends.output
    assert "  replay   postfix-lab run 'upside.yaml::wrong-code[12]'\n" in ends.output
    assert "  got      nobody asked for nobody.example ANY (SERVFAIL)" in ends.output
    assert 'Temporary lookup failure": the mail host lacks a map' in ends.output
    assert "[XPASS(strict)] a reason" in ends.output
    assert "Traceback" not in ends.output
    assert "lab/" not in ends.output.replace(".lab/", "").partition("FAILURES")[2]


@pytest.mark.parametrize("name", ["ptr", "liar", "relay", "spf"])
def test_the_living_examples_turned_upside_down(inner: Inner, name: str) -> None:
    """In a world where accept and reject change places none of them passes."""
    text = (LIVING / f"{name}.yaml").read_text()
    for one, other in (("verdict: accept", "verdict: X"), ("verdict: defer", "verdict: accept"),
                       ("verdict: reject", "verdict: accept"), ("verdict: X", "verdict: reject"),
                       ("result: pass", "result: X"), ("result: fail", "result: pass"), ("result: X", "result: fail"),
                       (", none]", ", permerror]")):  # fmt: skip
        text = text.replace(one, other)
    (inner.folder / f"{name}.yaml").write_text(text)
    done = inner.run("", f"{name}.yaml", "--lab-lines")
    told = [line for line in done.output.splitlines() if line.startswith(("pass ", "fail ", "unknown "))]
    assert told
    assert [line for line in told if not line.startswith("fail ")] == []


def test_an_open_relay_is_found(inner: Inner) -> None:
    """The pack is red on each port that takes the stranger's mail, and green on those that do not listen."""
    folder = shutil.copytree(CONFIGURATIONS / "seed", inner.folder / "open")
    main = (folder / "main.cf").read_text()
    (folder / "main.cf").write_text(main.replace("mynetworks = 127.0.0.0/8", "mynetworks = 0.0.0.0/0 [::]/0"))
    done = inner.run("", str(pack_file("relay")), f"--lab-config={folder}", "--lab-lines")
    status = {line.split("[")[1].split("]")[0]: line.split()[0] for line in done.output.splitlines() if "relay::" in line}
    assert {port for port, said in status.items() if said == "fail"} == {
        f"port-25{tls}-{family}" for tls in ("", "-tls") for family in ("v4", "v6")
    }
    assert done.code == 1


def test_workers_share_the_releases(inner: Inner) -> None:
    """Under xdist a release stays with one worker, and nothing is left."""
    (inner.folder / "good.yaml").write_text((LIVING / "ptr.yaml").read_text())
    done = inner.run("", "good.yaml", "-n2", "--dist=loadgroup", debian="12,13")
    assert done.code == 0, done.output
    assert "10 passed" in done.output
    assert inner.left() == {}


def test_a_mistake_hides_no_other_file(inner: Inner, tmp_path: Path) -> None:
    """As with a mistake in Python: exit code 2, and with --continue-on-collection-errors the rest is run."""
    (inner.folder / "good.yaml").write_text((LIVING / "liar.yaml").read_text())
    (inner.folder / "bad.yaml").write_text("schema: postfix-lab/v1\ntests: {a: {}}\n")
    done = inner.run("", "good.yaml", "bad.yaml", "--continue-on-collection-errors")
    assert "bad.yaml:2:9: the test asserts nothing; say under `expect` what has to be seen" in done.output
    assert "4 passed, 1 error" in done.output

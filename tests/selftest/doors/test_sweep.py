"""The sweep on real mail hosts: a table that is known, two configurations that it must mark, and what it cannot see."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.dns.fault import FaultKind
from postfix_lab.engine.client import Engine
from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.sweep.sweep import select_kinds

LIMIT = 240.0
FORGED = """
import pytest
from postfix_lab import Dns, MakeRemote, Scene, accepted, refused

REJECT_UNKNOWN = {"smtpd_client_restrictions": "check_client_access inline:{{unknown = REJECT who are you}}"}

@pytest.mark.mail_host(policyd_spf={"Lookup_Time": "1"})
def test_forged(lab: Scene, dns: Dns, remote: MakeRemote) -> None:
    dns.zone('@ TXT "v=spf1 ip4:203.0.113.10 -all"', origin="good.example")
    lab.check(remote("203.0.113.99", name="mail.stranger.example").send(), refused("RCPT", 550, "5.7.23"))

@pytest.mark.mail_host(main=REJECT_UNKNOWN, policyd_spf={"Lookup_Time": "1"})
def test_names(lab: Scene, remote: MakeRemote) -> None:
    lab.check(remote("203.0.113.99", name="mail.stranger.example").send(), accepted())

@pytest.mark.mail_host(policyd_spf={"Lookup_Time": "1"})
def test_calm(lab: Scene, remote: MakeRemote) -> None:
    lab.check(remote("203.0.113.99", name="mail.stranger.example").send(), accepted())

@pytest.mark.mail_host(main={"smtpd_relay_restrictions": "reject_unauth_destination"})
def test_plain(lab: Scene, remote: MakeRemote) -> None:
    lab.check(remote("203.0.113.99", name="mail.stranger.example").send(), accepted())

@pytest.mark.mail_host(clock=True)
def test_later(lab: Scene, remote: MakeRemote) -> None:
    lab.check(remote("203.0.113.99", name="mail.stranger.example").send(), accepted())

def test_red(lab: Scene, remote: MakeRemote) -> None:
    lab.check(remote("203.0.113.99", name="mail.stranger.example").send(), refused("RCPT", 550))
"""
IN_YAML = """
schema: postfix-lab/v1
tests:
  relay: {host: 203.0.113.99, ptr: mail.stranger.example, to: eve@far.example, expect: {verdict: defer, code: "454"}}
"""
PTR, A, TXT = "99.113.0.203.in-addr.arpa PTR", "mail.stranger.example A", "mail.stranger.example TXT"
Sweep = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(engine: Engine, tmp_path: Path) -> Sweep:
    """`postfix-lab sweep` of one of the scenarios above on bookworm, in a process of its own."""
    (tmp_path / "test_swept.py").write_text(FORGED)
    (tmp_path / "swept.yaml").write_text(IN_YAML)

    def sweep(test: str, *options: str) -> subprocess.CompletedProcess[str]:
        place = test if test.endswith(".yaml") else f"test_swept.py::{test}"
        command = [sys.executable, "-m", "postfix_lab.cli", "sweep", place, "--debian", "12"]
        return subprocess.run(
            [*command, "--engine", engine.name, *options],
            cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip

    return sweep


def fates(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, tuple[Any, ...]]]:
    """By question and fault: fate, code, and whether it is marked."""
    (table,) = json.loads(done.stdout)["scenarios"]
    return {
        f"{row['name']} {row['type']}": {
            kind: (cell["outcomes"][0][0]["fate"], cell["outcomes"][0][0]["code"], bool(cell["alarms"]))
            for kind, cell in row["faults"].items()
        }
        for row in table["questions"]
    }


def test_open_door_is_marked(run: Sweep) -> None:
    """py3dns takes SERVFAIL for "no record", so a forged mail is let in; the exit code is 1."""
    done = run("test_forged", "--json")
    found = fates(done)
    assert done.returncode == 1, done.stderr
    assert list(found) == [PTR, A, TXT, "good.example TXT"]
    deferred, refused = ("defer", 450, False), ("reject", 550, False)
    assert set(found[PTR].values()) == {deferred}
    assert set(found[A].values()) | set(found[TXT].values()) == {refused}
    opened = {kind: cell == ("accept", 250, True) for kind, cell in found["good.example TXT"].items()}
    assert opened == {"SERVFAIL": True, "TIMEOUT": True, "NXDOMAIN": False, "NODATA": False, "REFUSED": True}


def test_refusal_for_good_is_marked_in_words(run: Sweep) -> None:
    """A table that refuses `unknown` makes a 554 of a PTR question that was not answered."""
    done = run("test_names", "--fault", "SERVFAIL", "--fault", "NXDOMAIN")
    assert done.returncode == 1, done.stderr
    row = next(line for line in done.stdout.splitlines() if line.startswith(PTR))
    assert row.split()[2:] == ["reject", "554", "5.7.1", "!", "reject", "554", "5.7.1"]
    assert f"! SERVFAIL for {PTR}: a refusal for good: reject 554 5.7.1 where the undisturbed run has" in done.stdout


def test_careful_configuration_is_calm(run: Sweep) -> None:
    """The seed defers whom it cannot look up, and takes whom SPF says nothing about: exit code 0."""
    done = run("test_calm")
    assert done.returncode == 0, done.stderr
    assert "No outage turned into a refusal for good or into an open door." in done.stdout
    assert "SERVFAIL for" in done.stderr


def test_scenario_in_yaml_is_swept_with_any_configuration(run: Sweep) -> None:
    """Debian's default puts off who would relay, whatever the DNS says."""
    done = run("swept.yaml", "--fault", "SERVFAIL", "--config", str(CONFIGURATIONS / "debian-default"), "--json")
    found = fates(done)
    assert (done.returncode, found[PTR]) == (0, {"SERVFAIL": ("defer", 454, False)}), done.stderr


def test_every_kind_is_survived(run: Sweep) -> None:
    """Whatever the packet, the mail host goes on and each cell is seen.

    glibc waits for ever for an answer over TCP that does not come, and the lab half a minute for smtpd, so that kind is left out.
    """
    kinds = [kind for kind in select_kinds((), every=True) if kind is not FaultKind.TRUNCATE_HANG]
    done = run("test_plain", *(word for kind in kinds for word in ("--fault", kind)), "--json")
    (table,) = json.loads(done.stdout)["scenarios"]
    cells = [cell for row in table["questions"] for cell in row["faults"].values()]
    assert len(cells) == 2 * len(kinds)
    assert [cell["unknown"] for cell in cells if cell["unknown"]] == []


def test_scenario_that_fails_undisturbed_is_not_swept(run: Sweep) -> None:
    """There is nothing to compare with; the story is told instead."""
    done = run("test_red")
    assert (done.returncode, done.stdout) == (1, "")
    assert "want     RCPT refused with 550" in done.stderr


def test_scenario_with_a_clock_is_not_swept(run: Sweep) -> None:
    """What was made later cannot happen again and again; exit code 2."""
    done = run("test_later")
    assert (done.returncode, done.stdout) == (2, "")
    assert "test_later-12 is not swept: its clock was put forward" in done.stderr


@pytest.mark.parametrize("options,word", [(("--fault", "SERVFAL"), "did you mean SERVFAIL?"), (("-k",), "No such option")])
def test_mistake_in_the_call(run: Sweep, options: tuple[str, ...], word: str) -> None:
    """It is told in a sentence with exit code 2, before any lab is started."""
    done = run("test_calm", *options)
    assert done.returncode == 2
    assert word in done.stderr

"""Evidence is kept as a folder that people read, and judged again on a machine without an engine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from postfix_lab import Evidence, MailHost, MakeRemote, Scene, accepted, connected_as, delivered, load, received_spf
from postfix_lab.evidence.evidence import FORMAT
from postfix_lab.paths import ROOT

pytestmark = pytest.mark.mail_host(debian=12, main={"unknown_client_reject_code": "550"})
JUDGE_AGAIN = """
import json, sys
from postfix_lab import accepted, judge, load, refused, received_spf
from postfix_lab.report.story import story

seen = load(sys.argv[1])
good, bad = judge(seen, [accepted(), received_spf("none")]), judge(seen, [refused("RCPT", 450, "4.7.1")])
engines = [name for name in sys.modules if name.partition(".")[0] in ("docker", "testcontainers", "socket")]
print(json.dumps([good.status, bad.status, story(bad, seen, "again"), engines]))
"""


@pytest.fixture
def seen(lab: Scene, remote: MakeRemote) -> Evidence:
    """A mail that was accepted."""
    seen = remote("203.0.113.10", name="mail.good.example").send(data="Subject: caf\xe9\n\nHello\n.\n..\n")
    lab.check(seen, accepted(), delivered())
    return seen


@pytest.fixture
def folder(lab: Scene, seen: Evidence) -> Path:
    """Where it is kept."""
    return lab._folder / seen.scenario


def test_what_is_read_back_is_what_was_seen(lab: Scene, seen: Evidence, folder: Path) -> None:
    """Nothing is lost on the way to the disk and back, so a verdict is the same."""
    again = load(folder)
    assert again == seen
    lab.check(again, accepted(), connected_as("mail.good.example"), received_spf("none"))


def test_it_is_judged_without_an_engine(folder: Path) -> None:
    """A process that can reach no engine, and does not even know what one is, comes to the same verdicts."""
    nowhere = {**os.environ, "DOCKER_HOST": "tcp://192.0.2.1:1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", JUDGE_AGAIN, str(folder)]
    done = subprocess.run(command, env=nowhere, capture_output=True, text=True, check=True, timeout=30)
    good, bad, told, engines = json.loads(done.stdout)
    assert (good, bad, engines) == ("pass", "fail", [])
    assert "  got      RCPT accepted with 250 2.1.5" in told


def test_a_person_can_read_it(folder: Path, mail_host: MailHost) -> None:
    """Each file is what its name says."""
    texts = {path.name: path.read_bytes().decode("latin-1") for path in folder.iterdir()}
    expected = {
        "transcript.txt": "<- 250 2.0.0 Ok: queued as ",
        "mail.log": "postfix/smtpd[",
        "dns.txt": "10.113.0.203.in-addr.arpa PTR -> mail.good.example\n",
        "message-1.eml": "Subject: caf\xe9\r\n\r\nHello\r\n.\r\n..\r\n",
        "deltas.txt": "local_transport = lmtp:inet:[192.0.2.24]:24\n    local mail is handed to the sink",
        "postconf-n.txt": "unknown_client_reject_code = 550\n",
        "evidence.json": f'"format": {FORMAT}',
        "timeline.txt": " ms  sink       ",
        "lab-records.txt": "lab.test. MX 10 mx.lab.test.",
    }
    texts.pop("verdict.json", None)  # It is there once somebody has judged.
    assert {name: text in texts.get(name, "") for name, text in expected.items()} == dict.fromkeys(expected, True)
    assert set(texts) == set(expected)


def test_what_the_scenario_changed_is_listed_apart(folder: Path, seen: Evidence) -> None:
    """A report never hides that the configuration was not the admin's."""
    assert (folder / "deltas.txt").read_text().startswith("main.cf unknown_client_reject_code = 550\n")
    assert seen.mail_host.overrides == ("main.cf unknown_client_reject_code = 550",)
    assert all(delta.reason for delta in seen.mail_host.deltas)

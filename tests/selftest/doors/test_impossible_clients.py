"""A client that cannot be had is told at each door, before anything starts; and the mail host itself is one that can."""

from __future__ import annotations

import textwrap
import time
from pathlib import Path

import pytest

from tests.selftest.command import Command

YAML = """
    schema: postfix-lab/v1
    tests:
      closed:
        host: 127.0.0.1
        expect: {verdict: closed}
"""
PYTHON = """
    from postfix_lab import accepted

    def test_client(lab, remote):
        lab.check(remote("192.0.2.25", name="x.example").send(until="RCPT"), accepted("RCPT"))
"""
AT_ONCE = 5.0
"""Seconds; a container takes longer to start on a busy machine, and a client that cannot be waits 30 s."""


@pytest.fixture
def typed(tmp_path: Path) -> Command:
    """A folder with a scenario of each language."""
    (tmp_path / "closed.yaml").write_text(textwrap.dedent(YAML))
    (tmp_path / "test_client.py").write_text(textwrap.dedent(PYTHON))
    return Command(tmp_path)


@pytest.mark.parametrize("command", ["send", "explain"])
def test_command_line(typed: Command, command: str) -> None:
    """Exit code 2 and one sentence; no lab is started for it."""
    began = time.monotonic()
    done = typed(command, "--client", "127.0.0.1")
    assert (done.returncode, time.monotonic() - began < AT_ONCE) == (2, True)
    assert "127.0.0.1 cannot be a client: it is a loopback address" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_yaml(typed: Command) -> None:
    """The mistake has its place in the file; `closed` is not green for a session that nobody can hold."""
    done = typed("run", "closed.yaml", "--debian", "12")
    assert done.returncode == 2
    assert "closed.yaml:5:11: 127.0.0.1 cannot be a client" in done.stdout


def test_python(typed: Command) -> None:
    """The test fails with the sentence."""
    done = typed("run", "test_client.py", "--debian", "12")
    assert done.returncode == 2, done.stdout
    assert "192.0.2.25 cannot be a client: it is the mail host's own address" in done.stdout


def test_local(typed: Command) -> None:
    """The mail host's own loopback relays; the log has it as localhost."""
    sent = typed.json("send", "--client", "local", "--to", "x@far.example", "--quit-after", "RCPT", "--debian", "12")
    assert sent["exit_code"] == 0
    assert sent["evidence"]["sessions"][0]["client"] == "127.0.0.1"
    assert any("connect from localhost[127.0.0.1]" in line["text"] for line in sent["evidence"]["log"])


def test_sendmail(typed: Command) -> None:
    """`send --submit` calls sendmail as that user: its words, its exit status, and pickup's line."""
    sent = typed.json("send", "--submit", "www-data", "--to", "bob@lab.test", "--debian", "12")
    (call,) = sent["evidence"]["submitted"]
    assert (call["command"], call["user"], sent["exit_code"]) == (["sendmail", "-i", "bob@lab.test"], "www-data", 0)
    assert any(line["text"] == f"{call['queue_id']}: uid=33 from=<www-data>" for line in sent["evidence"]["other_log"])
    assert (sent["decision"]["outcome"], sent["decision"]["stage"]) == ("accept", "MESSAGE")
    asked = typed.json("send", "--submit", "root", "-t", "--data", "To: ann@lab.test\n\nHello.\n", "--debian", "12")
    assert asked["evidence"]["submitted"][0]["command"] == ["sendmail", "-i", "-t"]
    assert [message["recipients"] for message in asked["evidence"]["messages"]] == [["ann@lab.test"]]
    told = typed("send", "--submit", "nobody-here", "--debian", "12")
    assert (told.returncode, "has no user 'nobody-here'" in told.stderr) == (2, True)


def test_recipients_of_the_message_alone(typed: Command) -> None:
    """`-t` is an option of sendmail, which then reads no recipients from the command line."""
    for words in (("-t",), ("--submit", "root", "-t", "--to", "bob@lab.test")):
        told = typed("send", *words, "--debian", "12")
        assert (told.returncode, "--extract-recipients is for --submit without --to" in told.stderr) == (2, True)


def test_records_of_the_lab(typed: Command) -> None:
    """`--no-lab-records` leaves those of mail host and default sender out, of `send` and of `explain`."""
    usual, bare = (typed.json("send", *words, "--to", "bob@lab.test", "--debian", "12") for words in ((), ("--no-lab-records",)))
    explained = typed.json("explain", "--no-lab-records", "--to", "bob@lab.test", "--debian", "12")
    names = [{line.split()[0] for line in each["evidence"]["lab_records"]} for each in (usual, bare, explained)]
    assert {"lab.test.", "good.example."} <= names[0]
    assert names[1] == names[2] == {name for name in names[0] if name.endswith(".in-addr.arpa.") and "113.0.203" in name}

"""One session from the command line, as a person types it, with a lab that stands and with none."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from postfix_lab.paths import CONFIGURATIONS
from postfix_lab.serialization import from_json
from tests.selftest.command import COMMAND, Command

SERVICES = """
2521 inet n - y - - smtpd -o smtpd_delay_reject=no -o smtpd_client_restrictions=reject
2522 inet n - y - - smtpd -o smtpd_delay_reject=no -o smtpd_helo_restrictions=reject
2523 inet n - y - - smtpd -o smtpd_delay_reject=no -o smtpd_sender_restrictions=reject
2525 inet n - y - - smtpd -o smtpd_data_restrictions=reject
2526 inet n - y - - smtpd -o smtpd_end_of_data_restrictions=reject
2529 inet n - y - - smtpd -o smtpd_tls_security_level=none
2530 inet n - y - - smtpd -o smtpd_relay_restrictions=check_policy_service,unix:private/nobody,reject
2506 inet n n n - 0 spawn user=nobody argv=/bin/true
"""
"""Ports that refuse at each stage; the last one is nobody who speaks SMTP."""
GOOD = ("--helo", "mail.good.example", "--from", "ann@good.example")
LOGIN = ("--auth", "PLAIN", "--auth-user", "ann@lab.test", "--auth-password")
CODES: dict[str, tuple[int, tuple[str, ...]]] = {
    "all is well": (0, ()),
    "bounce": (0, ("--from", "<>")),
    "nobody at the port": (2, ("--port", "26")),
    "hangs up": (6, ("--port", "2506", "--timeout", "1")),
    "banner": (21, ("--port", "2521")),
    "helo": (22, ("--port", "2522")),
    "mail": (23, ("--port", "2523")),
    "rcpt": (24, ("--to", "x@far.example")),
    "data": (25, ("--port", "2525")),
    "message": (26, ("--port", "2526")),
    "wrong password": (28, ("--port", "587", "--tls", *LOGIN, "wrong")),
    "no login here": (28, (*LOGIN, "correct horse")),
    "login": (0, ("--port", "587", "--tls", *LOGIN, "correct horse")),
    "no STARTTLS here": (29, ("--port", "2529", "--tls")),
    "no TLS at that port": (29, ("--tlsc", "--port", "25")),
    "STARTTLS": (0, ("--tls",)),
    "quit after the banner": (0, ("--quit-after", "CONNECT")),
    "quit after HELO": (0, ("--quit-after", "HELO")),
    "quit after TLS": (0, ("--tls", "--quit-after", "TLS")),
    "quit after MAIL": (0, ("--quit-after", "MAIL")),
    "quit after RCPT": (0, ("--quit-after", "RCPT")),
    "quit after a refusal": (24, ("--to", "x@far.example", "--quit-after", "RCPT")),
    "drop after MAIL": (0, ("--drop-after", "MAIL")),
    "drop after DATA": (0, ("--drop-after", "DATA")),
    "drop after the message": (0, ("--drop-after", "DOT")),
}


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A lab whose mail host has ports that refuse at each stage."""
    folder = tmp_path_factory.mktemp("send")
    subprocess.run(["cp", "-r", CONFIGURATIONS / "seed", folder / "ports"], check=True)
    with (folder / "ports" / "master.cf").open("a") as master:
        master.write(SERVICES)
    command = Command(folder)
    done = command("up", "--debian", "12", "--config", "ports")
    assert done.returncode == 0, done.stderr
    yield command
    assert command("down").returncode == 0


@pytest.mark.parametrize("case", CODES)
def test_exit_codes_are_those_of_swaks(standing: Command, case: str) -> None:
    """The real swaks, with the same options from the same address, ends with the same code."""
    code, options = CODES[case]
    done = standing("send", "--client", "203.0.113.10", "--ptr", "mail.good.example", *GOOD, *options)
    assert done.returncode == code, done.stdout
    assert "Traceback" not in done.stderr
    record = standing.json("up")
    inside = ["exec", record["internet"], "swaks", "--server", "192.0.2.25", "--local-interface", "203.0.113.10"]
    to = () if "--to" in options else ("--to", "postmaster@lab.test")
    swaks = subprocess.run([record["engine"], *inside, *GOOD, *to, *options], check=False, capture_output=True, text=True)
    assert swaks.returncode == code, swaks.stdout + swaks.stderr


def test_the_transcript_reads_as_swaks_prints_it(standing: Command) -> None:
    """The same commands and replies under the same marks, but for queue ids and the message's lines."""
    record = standing.json("up")
    options = (*GOOD, "--to", "x@far.example")
    ours = standing("send", "--client", "203.0.113.10", "--ptr", "mail.good.example", *options).stdout
    inside = ["exec", record["internet"], "swaks", "--server", "192.0.2.25", "--local-interface", "203.0.113.10"]
    theirs = subprocess.run([record["engine"], *inside, *options], check=False, capture_output=True, text=True).stdout
    marks = ("<- ", "<**", " ->")
    spoken = [[line for line in text.splitlines() if line.startswith(marks)] for text in (ours, theirs)]
    assert spoken[0] == spoken[1]


def test_a_broken_mail_host_is_no_verdict(standing: Command) -> None:
    """A policy service that is not there is told as such, with the line of the log that says why."""
    done = standing("send", "--port", "2530")
    assert done.returncode == 24
    assert "the mail host's own infrastructure is broken at RCPT: 451 4.3.5" in done.stdout
    assert "warning: connect to private/nobody: No such file or directory" in done.stdout
    assert standing.json("send", "--port", "2530")["decision"]["outcome"] == "infrastructure"


def test_everything_is_told(standing: Command) -> None:
    """Transcript, the session's log, questions, Received-SPF, decision and deltas."""
    told = standing("send", "--client", "2001:db8:113::9", "--ptr", "liar.example", "--helo", "other.example").stdout
    for said in ("=== Trying [2001:db8:2::25]:25 from 2001:db8:113::9", " -> EHLO other.example", "<-  250 2.1.5 Ok",
                 "connect from liar.example[2001:db8:113::9]", "liar.example AAAA -> 2001:db8:113::9",
                 "Received-SPF: None (mailfrom)", "accepted at MESSAGE", "sent by lmtp", "the lab changed"):  # fmt: skip
        assert said in told


@pytest.mark.parametrize(
    "ptr, said",
    [
        ("none", "9.113.0.203.in-addr.arpa PTR -> NXDOMAIN"),
        ("servfail", "9.113.0.203.in-addr.arpa PTR -> SERVFAIL"),
        ("timeout", "9.113.0.203.in-addr.arpa PTR -> TIMEOUT"),
        ("mismatch:gmail.com", "hostname gmail.com does not resolve to address 203.0.113.9"),
        ("nxdomain:a.b.example", "hostname a.b.example does not resolve to address 203.0.113.9: Name or service not known"),
    ],
)
def test_a_reverse_lookup_as_it_was_declared(standing: Command, ptr: str, said: str) -> None:
    """What was declared is what the mail host met."""
    assert said in standing("send", "--client", "203.0.113.9", "--ptr", ptr, "--quit-after", "RCPT").stdout


def test_a_zone_wins_over_what_is_derived(standing: Command) -> None:
    """A record that somebody wrote says otherwise than --ptr."""
    zone = "$ORIGIN 113.0.203.in-addr.arpa.\n9 PTR written.example.\n"
    (standing.folder / "written.zone").write_text(zone)
    options = ("--client", "203.0.113.9", "--ptr", "mail.x.example", "--zone", "written.zone", "--quit-after", "RCPT")
    told = standing.json("send", *options)
    answers = [query["answers"] for query in told["evidence"]["queries"] if query["type"] == "PTR"]
    assert answers == [["PTR written.example."]]


def test_json_is_the_evidence(standing: Command) -> None:
    """What is printed can be judged again; the password is not in it."""
    from postfix_lab.evidence.evidence import Evidence

    told = standing.json("send", "--port", "587", "--tls", *LOGIN, "correct horse", "--quit-after", "RCPT")
    seen = from_json(Evidence, told["evidence"])
    assert (told["exit_code"], told["decision"]["outcome"]) == (0, "accept")
    assert seen.replay.startswith("postfix-lab send --port 587")
    assert "correct horse" not in json.dumps(told)


@pytest.mark.parametrize("data", ["-", "@message.eml"])
def test_a_message_of_ones_own(standing: Command, data: str) -> None:
    """From standing input or from a file, octet for octet, dots at the beginning of a line too."""
    text = "From: <a@good.example>\nSubject: mine\n\n.a dot\nthe end\n"
    (standing.folder / "message.eml").write_text(text)
    done = standing("send", "--data", data, "--header", "X-Mine: 1", "--json", said=text)
    got = json.loads(done.stdout)["evidence"]["messages"][0]["content"]
    assert got.endswith("X-Mine: 1\r\nFrom: <a@good.example>\r\nSubject: mine\r\n\r\n.a dot\r\nthe end\r\n")


def test_several_recipients(standing: Command) -> None:
    """One that is refused does not keep the other from its mail."""
    done = standing("send", "--to", "x@far.example", "--to", "bob@lab.test")
    assert done.returncode == 0
    assert "RCPT TO:<x@far.example> was refused: 554 5.7.1" in done.stdout
    assert "bob@lab.test sent by lmtp" in done.stdout


def test_whoever_has_read_enough_may_go(standing: Command) -> None:
    """`send | head -1` complains of nothing."""
    done = standing.line(f"{COMMAND} send | head -1")
    assert done.stdout.startswith("=== Trying")
    assert done.stderr == ""


def test_colour_is_for_terminals_alone(standing: Command) -> None:
    """None in a pipe, some on a terminal, none there either with NO_COLOR."""
    assert "\x1b" not in standing("send").stdout
    assert "\x1b[32m" in _on_a_terminal(standing, {})
    assert "\x1b" not in _on_a_terminal(standing, {"NO_COLOR": "1"})


def _on_a_terminal(standing: Command, environment: dict[str, str]) -> str:
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    own = {**kept, "TERM": "xterm", **environment}
    call = subprocess.Popen([COMMAND, "send"], cwd=standing.folder, stdout=theirs, stdin=subprocess.DEVNULL, env=own)
    os.close(theirs)
    said = b""
    with os.fdopen(ours, "rb", buffering=0) as terminal, suppress(OSError):  # EIO: nobody is at the other end any more
        while more := terminal.read(65536):
            said += more
    call.wait()
    return said.decode()


def test_whoever_waits_is_told(standing: Command) -> None:
    """A session that takes longer than two seconds says so, on standard error."""
    silent = standing("send", "--client", "203.0.113.9", "--ptr", "forward-timeout:a.x.example", "--port", "2506", "--timeout", "3")
    assert "... the lab is at it" in silent.stderr
    assert "the lab is at it" not in silent.stdout


def test_explain_names_what_decided(standing: Command) -> None:
    """The same session with its restrictions: as text with file and line, and as JSON; the exit code is that of `send`."""
    said = ("--client", "203.0.113.99", "--ptr", "mismatch:gmail.com", "--to", "x@far.example")
    done = standing("explain", *said)
    assert done.returncode == standing("send", *said).returncode == 24
    assert "decided by  reject_unauth_destination  main.cf:39" in done.stdout
    assert "gmail.com A -> 198.51.100.1" in done.stdout
    told = standing.json("explain", *said)
    decision = told["explanation"]["sessions"][0]["decision"]
    assert (decision["restriction"]["restriction"], decision["restriction"]["line"]) == ("reject_unauth_destination", 39)
    assert told["decision"]["outcome"] == "reject"


def test_without_a_lab_that_stands(tmp_path: Path) -> None:
    """One is started for this session and removed afterwards, and says so on standard error."""
    done = Command(tmp_path)("send", "--client", "203.0.113.9", "--ptr", "none")
    assert done.returncode == 24
    assert "cannot find your reverse hostname" in done.stdout
    assert "No lab stands here" in done.stderr
    assert not (tmp_path / ".lab" / "standing.json").exists()


def test_every_command_speaks_json(standing: Command, tmp_path: Path) -> None:
    """One JSON value, or one on each line, and nothing else on standard output."""
    assert standing.json("doctor")["lines"]
    assert standing.json("up")["mail_hosts"]
    for what in ("logs", "dns"):
        lines = standing(what, "--json").stdout.splitlines()
        assert lines
        assert all(isinstance(json.loads(line), dict) for line in lines)
    (tmp_path / "test_it.py").write_text(
        "from postfix_lab import accepted\n\ndef test_it(lab, remote):\n    lab.check(remote('203.0.113.10').send(), accepted())\n"
    )
    told = Command(tmp_path).json("run", "test_it.py", "--debian", "12")
    assert [row["status"] for row in told["scenarios"]] == ["pass"]
    assert told["exit_code"] == 0
    assert Command(tmp_path).json("down") == {"schema": "postfix-lab/down-1", "removed": False}


def test_doctor_uses_the_lab_that_stands(standing: Command) -> None:
    """A real question in each way, a client of each family, and no lab of its own."""
    done = standing("doctor")
    assert done.returncode == 0, done.stdout
    assert "No lab stands" not in done.stderr
    for said in ("DNS over UDP at 192.0.2.53", "DNS over TCP at 2001:db8:2::53", "IPv6: a client", "images", "rights"):
        assert any(said in line and line.startswith("ok") for line in done.stdout.splitlines())

"""The lab that stays: what it prints works as it is typed, and nothing but `down` ends it unseen."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from postfix_lab.engine.client import Engine
from postfix_lab.paths import CONFIGURATIONS
from tests.endure.cord import cord
from tests.selftest.command import Command, first_line

ZONE = "$ORIGIN z.example.\n@ MX 10 a\na A 192.0.2.{}\n"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """A lab with Debian 12 and a zone file that stands for these tests."""
    folder = tmp_path_factory.mktemp("standing")
    (folder / "z.zone").write_text(ZONE.format(1))
    command = Command(folder)
    done = command("up", "--debian", "12", "--zone", "z.zone")
    assert done.returncode == 0, done.stderr
    yield command
    assert command("down").stdout == "The standing lab is removed.\n"


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Command]:
    """A folder in which a lab may come and go."""
    command = Command(tmp_path)
    yield command
    command("down")


def _containers(engine: Engine, record: Any) -> list[str]:
    """The containers of that lab."""
    run = record["internet"].removesuffix("internet")
    found = engine.client.api.containers(all=True, filters={"label": "postfix-lab"})
    return [name for container in found for name in container["Names"] if name.startswith(f"/{run}")]


def test_every_line_that_up_prints_works(standing: Command) -> None:
    """Whoever types the examples gets what they promise: `send` what swaks would end with, the others 0."""
    record = standing.json("up", "--debian", "12")
    done = {line: standing.line(line) for line in record["examples"]}
    codes = [run.returncode for run in done.values()]
    assert codes == [24, *[0] * (len(codes) - 1)], done
    told = [run.stdout for run in done.values()]
    for output, said in zip(told, ("deferred at RCPT", "accepted at MESSAGE", "queued as", "mail.good.example.",
                                   "mx.lab.test.", "myhostname", "connect from", "PTR"), strict=True):  # fmt: skip
        assert said in output


def test_a_second_up_tells_that_the_lab_stands(standing: Command) -> None:
    """It starts nothing, and says the same."""
    keeper = standing.keeper
    done = standing("up", "--debian", "12")
    assert (done.returncode, standing.keeper) == (0, keeper)
    assert "standing already" in done.stdout
    assert standing.json("up")["stood_already"] is True


def test_an_engine_that_dies(alone: Command, engine: Engine) -> None:
    """Who asks the lab then hears what happened and what to do; `down` and `up` make a sound one of it."""
    with cord(engine, alone.folder) as tied:
        assert alone("up", "--debian", "12", DOCKER_HOST=tied.url).returncode == 0
        tied.cut()
        done = alone("send", "--client", "203.0.113.9", DOCKER_HOST=tied.url)
    assert (done.returncode, done.stdout) == (3, "")
    assert "has died, so nothing more can be seen. Start it (`make engine`); `postfix-lab down` removes" in done.stderr
    assert alone("down").stdout == "The standing lab is removed.\n"
    assert alone("up", "--debian", "12").returncode == 0
    assert alone("send", "--client", "203.0.113.9", "--ptr", "none").returncode == 24


def test_two_ups_at_the_same_time_are_one_lab(alone: Command) -> None:
    """The second waits for the first and finds its lab."""
    both = [alone.start("up", "--debian", "12", "--json") for _ in range(2)]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in both]
    assert sorted(one["stood_already"] for one in told) == [False, True]
    assert told[0]["internet"] == told[1]["internet"]


def test_only_the_owner_may_connect(standing: Command) -> None:
    """The socket is closed to everybody else."""
    path = standing.folder / ".lab" / "standing.sock"
    assert path.is_socket()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_zone_that_changes_is_served_at_once(standing: Command) -> None:
    """Dig by hand and the next `send` both see it; a broken file costs a sentence and leaves the zone."""
    file, record = standing.folder / "z.zone", standing.json("up")
    dig = f"{record['engine']} exec {record['internet']} dig +short @192.0.2.53 a.z.example"
    listener = standing.start("dns", "-f")
    assert "following" in first_line(listener.stderr, bool)
    file.write_text(ZONE.format(2))
    assert "was read again" in first_line(listener.stderr, bool)
    assert standing.line(dig).stdout == "192.0.2.2\n"
    file.write_text(ZONE.format(3) + "x FOO\n")
    assert "z.zone:4: FOO is not a record type" in first_line(listener.stderr, bool)
    listener.terminate()
    listener.communicate()
    assert standing.line(dig).stdout == "192.0.2.2\n"
    done = standing("send", "--from", "ann@z.example", "--quit-after", "RCPT")
    assert "z.zone:4:" in done.stderr
    file.write_text(ZONE.format(4))
    assert "z.zone" not in standing("send").stderr


def test_logs_and_questions_as_they_come(standing: Command) -> None:
    """Whoever brings them about: here swaks by hand."""
    record = standing.json("up")
    logs, dns = (standing.start(what, "-f", "--json") for what in ("logs", "dns"))
    for listener in (logs, dns):
        first_line(listener.stderr, bool)
    assert standing.line(record["examples"][2]).returncode == 0
    assert "connect from mail.good.example[203.0.113.10]" in json.loads(first_line(logs.stdout, bool))["text"]
    asked = json.loads(first_line(dns.stdout, lambda line: "in-addr" in line))
    assert (asked["type"], asked["answers"]) == ("PTR", ["PTR mail.good.example."])
    for listener in (logs, dns):
        listener.send_signal(signal.SIGINT)
        listener.communicate(timeout=10)
        assert listener.returncode == 130
    assert standing("send").returncode == 0


def test_hostile_log_lines_are_harmless(standing: Command) -> None:
    """What a client puts into HELO is spelled out in the log."""
    standing("send", "--helo", "\x1b[2Jevil", "--ptr", "none", "--quit-after", "RCPT")
    assert "\x1b" not in standing("logs").stdout


def test_a_client_that_dies_in_the_middle(standing: Command) -> None:
    """Half a request, no JSON, a listener that goes, a client killed while it waits: the keeper lives on."""
    keeper = standing.keeper
    for octets in (b'{"schema": 4, "id"', b"nonsense\n", b'{"schema": 4, "id": 1, "verb": "news", "arguments": {}}\n', b"[]\n"):
        with _line(standing) as line:
            line.sendall(octets)
    waiting = standing.start("send", "--ptr", "timeout", "--client", "203.0.113.77")
    waiting.kill()
    waiting.communicate()
    assert standing("send").returncode == 0
    assert standing.keeper == keeper


@pytest.mark.parametrize(
    "request_, said",
    [
        ({"schema": 1, "do": "run"}, "speaks schema 4, not 1"),
        ({"schema": 4, "verb": "walk", "arguments": {}}, "'walk' is no verb; there are execute, examine, recent_news, news"),
        ({"schema": 4, "verb": "run"}, "has `id`, `verb` and `arguments`"),
        ({"schema": 4, "verb": "execute", "arguments": {"job": {"scenario": 3}}}, "cannot read a Job"),
    ],
)
def test_a_request_that_makes_no_sense(standing: Command, request_: dict[str, Any], said: str) -> None:
    """The answer is an error, and the line stays open."""
    with _line(standing) as line, line.makefile("rwb") as stream:
        for _ in range(2):
            stream.write(json.dumps(request_).encode() + b"\n")
            stream.flush()
            assert said in json.loads(stream.readline())["error"]["message"]


def _line(standing: Command) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(10)
    line.connect(str(standing.folder / ".lab" / "standing.sock"))
    return line


def test_ctrl_c_ends_the_command_alone(standing: Command) -> None:
    """SIGINT to a command and its group leaves the lab as it is."""
    keeper = standing.keeper
    following = standing.start("logs", "-f")
    first_line(following.stderr, bool)
    following.send_signal(signal.SIGINT)
    assert following.wait(10) == 130
    assert "Traceback" not in following.communicate()[1]
    assert standing.keeper == keeper
    assert standing("send").returncode == 0


def test_another_setup_leaves_the_first_mail_host_alone(standing: Command) -> None:
    """A chroot state or another release is met by a mail host of its own."""
    before = standing("shell", "mail", "sh", "-c", "cat /var/spool/postfix/pid/master.pid; postconf -n").stdout
    done = standing.json("send", "--chroot", "empty")
    assert done["evidence"]["mail_host"]["chroot"] == "empty"
    assert standing.json("send", "--debian", "13")["evidence"]["mail_host"]["debian"] == 13
    assert standing("shell", "mail", "sh", "-c", "cat /var/spool/postfix/pid/master.pid; postconf -n").stdout == before


def test_a_configuration_that_changes_between_two_sessions(standing: Command) -> None:
    """Whoever edits main.cf and sends again meets what is in the file now."""
    folder = standing.folder / "own"
    subprocess.run(["cp", "-r", CONFIGURATIONS / "seed", folder], check=True)
    said = ("send", "--config", "own", "--to", "bob@office.test", "--quit-after", "RCPT")
    assert standing(*said).returncode == 24
    main = folder / "main.cf"
    main.write_text(main.read_text().replace("lab.test", "office.test"))
    assert standing(*said).returncode == 0


def test_shell(standing: Command) -> None:
    """A command's output and status come through; standard input is the shell's."""
    assert standing("shell", "mail", "sh", "-c", "exit 7").returncode == 7
    assert standing("shell", "internet", said="echo $((6 * 7))\n").stdout == "42\n"
    told = json.loads(standing("shell", "--json", "mail", "hostname").stdout)
    assert told == {"schema": "postfix-lab/shell-1", "exit_code": 0, "stdout": "mx\n", "stderr": ""}


def test_a_keeper_that_was_killed(alone: Command, engine: Engine) -> None:
    """The next command notices, says so, removes what is left and works from a lab of its own."""
    record = alone.json("up", "--debian", "12")
    assert len(_containers(engine, record)) == 2
    alone.kill_the_keeper()
    done = alone("send")
    assert done.returncode == 0
    assert "was killed. What it left is removed." in done.stderr
    assert "No lab stands here, so one is started" in done.stderr
    assert not (alone.folder / ".lab" / "standing.sock").exists()
    assert _containers(engine, record) == []
    assert alone("down").stdout == "No lab is standing.\n"


def test_down_after_a_kill_removes_what_is_left(alone: Command, engine: Engine) -> None:
    """Nobody has to start another lab for that."""
    record = alone.json("up", "--debian", "12")
    alone.kill_the_keeper()
    assert "was killed" in alone("down").stderr
    assert _containers(engine, record) == []


def test_ctrl_c_while_the_lab_starts(alone: Command) -> None:
    """Who changes his mind gets no lab: the keeper removes what it has started by then."""
    starting = alone.start("up", "--debian", "12")
    first_line(starting.stderr, lambda line: "starting" in line)
    starting.send_signal(signal.SIGINT)
    assert starting.wait(60) == 130
    assert "interrupted: removing" in starting.communicate()[1]
    assert not (alone.folder / ".lab" / "standing.json").exists()


def test_an_up_that_is_killed_while_the_lab_starts(alone: Command) -> None:
    """Its keeper goes on; the next `up` waits for it and finds its lab."""
    starting = alone.start("up", "--debian", "12")
    first_line(starting.stderr, lambda line: "starting" in line)
    starting.kill()
    starting.wait()
    assert len(alone.json("up", "--debian", "12")["mail_hosts"]) == 1
    assert alone("down").stdout == "The standing lab is removed.\n"


def test_down_ends_who_listens(alone: Command) -> None:
    """A listener hears that the lab is gone, and that is no error."""
    assert alone("up", "--debian", "12").returncode == 0
    listener = alone.start("logs", "-f")
    first_line(listener.stderr, bool)
    assert alone("down").returncode == 0
    assert "the standing lab is gone" in listener.communicate(timeout=30)[1]
    assert listener.returncode == 0


def test_a_configuration_that_is_taken_away(alone: Command) -> None:
    """Whoever removes the files under a standing lab is told so at each session, and can mend it."""
    config = alone.folder / "own"
    subprocess.run(["cp", "-r", CONFIGURATIONS / "seed", config], check=True)
    assert alone("up", "--debian", "12", "--config", "own").returncode == 0
    (config / "main.cf").rename(config / "main.away")
    done = alone("send")
    assert (done.returncode, "needs a main.cf" in done.stderr) == (2, True)
    (config / "main.away").rename(config / "main.cf")
    assert alone("send").returncode == 0

"""The command: usage errors are sentences with exit code 2, and nothing ends in a traceback."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit import forked

SCENARIO = str(Path(__file__).parents[2] / "scenarios" / "ptr" / "test_missing.py")
NOWHERE = {**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"}


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run postfix-lab on a machine whose engine does not answer."""
    return forked.run(forked.COMMAND, arguments, cwd, NOWHERE)


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["run", "--debian", "10"], "--lab-debian takes a list of 11, 12, 13"),
        (["up", "--debian", "twelve"], "takes a list of releases"),
        (["run", "--pack", "upgrade", "--debian", "12"], "name two or more, as in --debian 12,13"),
        (["run", "--pack", "upgraed"], "did you mean upgrade?"),
        (["run", "--engine", "lxc"], "'lxc' is not one of 'docker', 'podman'"),
        (["run", "nowhere/at/all"], "nowhere/at/all"),
        (["walk"], "No such command 'walk'"),
        (["sned"], "Did you mean 'send'?"),
        (["send", "--clinet", "::1"], "'--client'"),
        (["send", "--client", "300.1.1.1"], "'300.1.1.1' is not an IPv4 or IPv6 address"),
        (["send", "--ptr", "servfial"], "did you mean servfail?"),
        (["send", "--quit-after", "SOON"], "'SOON' is not one of"),
        (["send", "--zone", "nowhere.zone"], "'nowhere.zone' does not exist"),
        (["send", "--zone", "broken.zone"], "broken.zone:2: MXX is not a record type"),
        (["send", "--config", "nowhere"], "'nowhere' does not exist"),
        (["send", "--config", "."], "a configuration needs a main.cf"),
        (["send", "--data", "@nowhere"], "nowhere: the message cannot be read: No such file"),
        (["send", "--auth-password", "x"], "need --auth-user"),
        (["send", "--data", "x", "--body", "y"], "give one of them"),
        (["send", "--header", "x"], "takes one line"),
        (["send", "--quit-after", "MAIL", "--drop-after", "MAIL"], "exclude each other"),
        (["up", "--zone", "broken.zone"], "broken.zone:2: MXX is not a record type"),
        (["up", "--debian", "10"], "there is no Debian 10 here, but 11, 12, 13"),
        (["send", "--debian", "10"], "there is no Debian 10 here, but 11, 12, 13"),
        (["shell", "kitchen"], "'kitchen' is not one of"),
        (["shell"], "no lab stands here"),
        (["logs", "-f"], "no lab stands here"),
        (["dns"], "no lab stands here"),
        (["run", "--coverage-threshold", "101"], "101.0 is not in the range 0<=x<=100"),
        (["coverage"], ".lab/latest/coverage/coverage.json: no coverage there"),
        (["run", "--pack", "rnds"], "there is no pack 'rnds'; did you mean rdns?"),
        (
            ["run", "--pack", "rdns", "--config", "nowhere"],
            "--lab-config: nowhere: the configuration cannot be read: there is no such folder",
        ),
        (["run", "--pack", "rdns", "--chroot", "emtpy"], "did you mean empty?"),
        (["run", "/dev/null"], "it is neither a file nor a folder"),
        (["explain", "--port", "0"], "0 is not in the range"),
        (["check", "nowhere"], "'nowhere' does not exist"),
        (["check", "."], "a configuration needs a main.cf"),
        (["check", "--ignore", "relay"], "'relay' is not one of"),
        (["check", "--debian", "10"], "there is no Debian 10 here, but 11, 12, 13"),
    ],
)
def test_usage_errors_end_with_2(tmp_path: Path, arguments: list[str], said: str) -> None:
    """A mistake in the call is told in a sentence, and with --json as an object that is alone on standard output."""
    (tmp_path / "broken.zone").write_text("$ORIGIN a.example.\n@ MXX 10 mail\n")
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    told = command(arguments[0], "--json", *arguments[1:], cwd=tmp_path)
    assert json.loads(told.stdout)["error"]["exit_code"] == told.returncode == 2
    assert said in json.loads(told.stdout)["error"]["message"]


def test_a_file_without_scenarios_is_a_usage_error(tmp_path: Path) -> None:
    """Nothing to run is no success."""
    empty = tmp_path / "test_empty.py"
    empty.write_text('"""Nothing here."""\n')
    done = command("run", str(empty), cwd=tmp_path)
    assert done.returncode == 2
    assert "No scenario was found in" in done.stderr
    told = json.loads(command("run", "--json", str(empty), cwd=tmp_path).stdout)
    assert "No scenario was found in" in told["error"]["message"]


@pytest.mark.parametrize(
    "arguments, status", [(["clean"], 2), (["up"], 2), (["send"], 2), (["run", SCENARIO], 2), (["doctor"], 1)]
)
def test_without_an_engine_the_remedy_is_said(tmp_path: Path, arguments: list[str], status: int) -> None:
    """No engine: what was tried, and what to install."""
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == status
    assert "/nowhere/docker.sock" in done.stdout + done.stderr
    assert "make engine" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "make engine" in json.dumps(json.loads(command(*arguments, "--json", cwd=tmp_path).stdout))


def test_down_without_a_standing_lab_says_so(tmp_path: Path) -> None:
    """Nothing to do is no error."""
    done = command("down", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "No lab is standing.\n")


def test_a_syntax_error_in_a_zone_has_its_place_in_json(tmp_path: Path) -> None:
    """Editors and scripts find file and line apart from the sentence."""
    (tmp_path / "broken.zone").write_text("$ORIGIN a.example.\n@ MXX 10 mail\n")
    error = json.loads(command("send", "--json", "--zone", "broken.zone", cwd=tmp_path).stdout)["error"]
    assert (error["file"], error["line"]) == ("broken.zone", 2)


def test_hostile_words_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """What was typed is shown with its escapes spelled out."""
    done = command("send", "--client", "\x1b[2J", cwd=tmp_path)
    assert "\x1b" not in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_completion(shell: str) -> None:
    """The script that the cookbook has people eval, and the answers that it asks for."""
    script = complete(shell, "source")
    assert "postfix-lab" in script
    words = {"bash": "postfix-lab se", "zsh": "postfix-lab se", "fish": "postfix-lab se"}[shell]
    assert "send" in complete(shell, "complete", COMP_WORDS=words, COMP_CWORD="se" if shell == "fish" else "1")
    option = complete(
        shell, "complete", COMP_WORDS="postfix-lab send --pt", COMP_CWORD="--pt" if shell == "fish" else "2"
    )
    assert "--ptr" in option
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=script, text=True, check=False).returncode == 0


def test_bash_completes() -> None:
    """A real bash, with the script and a line that is half typed."""
    line = """COMP_WORDS=(postfix-lab send --quit-after HE) COMP_CWORD=3
    _postfix_lab_completion "$1"; echo "${COMPREPLY[@]}" """
    script = f"{complete('bash', 'source')}\n{line}"
    call = ["bash", "-c", script, "bash", str(Path(sys.executable).with_name("postfix-lab"))]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["helo"]


def complete(shell: str, what: str, **environment: str) -> str:
    """What the command says to a shell that asks for completions."""
    call = [str(Path(sys.executable).with_name("postfix-lab"))]
    own = {**os.environ, "_POSTFIX_LAB_COMPLETE": f"{shell}_{what}", **environment}
    return subprocess.run(call, capture_output=True, text=True, check=False, env=own).stdout


def test_the_help_of_the_group_imports_no_command() -> None:
    """Each command has a summary of one line in the help, which does not load what the commands need."""
    program = """
import sys
from click.testing import CliRunner
from postfix_lab.cli.door import _COMMANDS, cli
text = CliRunner().invoke(cli, ["--help"], terminal_width=80).output
assert all(f"  {name:<11}  {entry.summary}" in text.splitlines() for name, entry in _COMMANDS.items()), text
print(sorted(name for name in sys.modules if name.startswith("postfix_lab.cli.")))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "['postfix_lab.cli.door']", done.stderr


def test_a_folder_that_is_gone_is_said() -> None:
    """A shell may stand in a folder that somebody removed."""
    typed = f'cd "$(mktemp -d)" && rmdir "$PWD" && exec {sys.executable} -P -m postfix_lab.cli send'
    done = subprocess.run(["/bin/sh", "-c", typed], capture_output=True, text=True, check=False, env=NOWHERE)
    assert (done.returncode, "the folder that this was called in is gone" in done.stderr) == (2, True), done.stderr

"""The mail host's first process: a folder is made what it has to be while daemons read it."""

from __future__ import annotations

import ast
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from postfix_lab import json_lines
from postfix_lab.inside.mailhost import init
from postfix_lab.postfix.log.daemon_death import GONE
from postfix_lab.verbs import OBJECTS, verb_of

MAIN = "myhostname = {}\n" + "# a comment of some length\n" * 200


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    """A configuration as the package left it."""
    folder = tmp_path / "postfix"
    (folder / "sasl").mkdir(parents=True)
    (folder / "main.cf").write_text(MAIN.format("packaged"))
    (folder / "dynamicmaps.cf").write_text("pcre\n")
    (folder / "makedefs.out").symlink_to("/usr/share/postfix/makedefs.out")
    return folder


def place(folder: Path, **files: str) -> None:
    """Have these files in the folder, besides the package's."""
    init.place(str(folder), {str(folder / name.replace("_", ".")): {"text": text} for name, text in files.items()})


def contents(folder: Path) -> dict[str, str]:
    return {p.name: str(p.readlink()) if p.is_symlink() else p.read_text() for p in folder.iterdir() if not p.is_dir()}


def test_what_an_earlier_setup_brought_is_gone_in_the_next(etc: Path) -> None:
    """A folder holds the package's files and this setup's, whatever it held before."""
    place(etc, main_cf="one", access="x REJECT")
    assert contents(etc)["access"] == "x REJECT"
    (etc / "dynamicmaps.cf").write_text("spoilt")
    (etc / "makedefs.out").unlink()
    place(etc, main_cf="two")
    assert contents(etc) == {
        "main.cf": "two",
        "dynamicmaps.cf": "pcre\n",
        "makedefs.out": "/usr/share/postfix/makedefs.out",
    }


def test_a_file_of_the_package_comes_back(etc: Path) -> None:
    """A setup that brings no file of that name gets the package's."""
    place(etc, main_cf="one", dynamicmaps_cf="own")
    place(etc, main_cf="two")
    assert contents(etc)["dynamicmaps.cf"] == "pcre\n"


def test_a_reader_never_meets_half_a_file(etc: Path) -> None:
    """A daemon that starts while the setup changes finds the old main.cf or the new one, whole."""
    whole = {MAIN.format(name) for name in ("packaged", "one", "two")}
    over, met = threading.Event(), []

    def read() -> None:
        while not over.is_set():
            try:
                met.append((etc / "main.cf").read_text() in whole)
            except OSError:
                met.append(False)

    reader = threading.Thread(target=read)
    reader.start()
    for name in ("one", "two") * 100:
        place(etc, main_cf=MAIN.format(name))
    over.set()
    reader.join()
    assert met
    assert all(met)


def test_a_written_file_looks_old(tmp_path: Path) -> None:
    """Postfix does not trust a main.cf of the last two seconds."""
    path = tmp_path / "deep" / "main.cf"
    init.write({str(path): {"text": "x", "mode": 0o640}})
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.stat().st_mtime < tmp_path.stat().st_mtime - 30
    assert [p.name for p in path.parent.iterdir()] == ["main.cf"]


def test_files_outside_come_and_go(tmp_path: Path) -> None:
    """What a setup brought to /etc is gone in the next, and what the image had there is back."""
    aliases, key = tmp_path / "aliases", tmp_path / "ssl" / "key.pem"
    aliases.write_text("the image's")
    init.write_outside({str(aliases): {"text": "the admin's"}, str(key): {"text": "secret", "mode": 0o600}})
    assert (aliases.read_text(), key.stat().st_mode & 0o777) == ("the admin's", 0o600)
    init.write_outside({str(aliases): {"text": "another's"}})
    assert (aliases.read_text(), key.exists()) == ("another's", False)
    init.write_outside({})
    assert aliases.read_text() == "the image's"


def test_master_that_ends_by_itself_is_missed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is logged when it has been killed: not while it lives, not twice, and not where it was stopped."""
    said, pid = tmp_path / "log", tmp_path / "master.pid"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(said))
        log.settimeout(0.0)
        monkeypatch.setattr(init, "LOG_SOCKETS", (str(said),))
        monkeypatch.setattr(init, "MASTER_PID", str(pid))
        for stopped in (True, False):
            monkeypatch.setattr(init, "_ASKED", [b"postfix stop" if stopped else b"postfix status"])
            master = subprocess.Popen(["sleep", "60"])
            pid.write_text(f"{master.pid:>20}\n")
            init.report_dead_master()
            with pytest.raises(BlockingIOError):
                log.recv(1000)
            master.kill()
            os.waitid(os.P_PID, master.pid, os.WEXITED | os.WNOWAIT)
            init.report_dead_master()
            init.report_dead_master()
            if not stopped:
                assert log.recv(1000) == f"<22>postfix-lab: {GONE} {said}".encode()
            with pytest.raises(BlockingIOError):
                log.recv(1000)
            master.wait()
            init.report_dead_master()


def test_a_request_of_the_lab_is_answered() -> None:
    """What `json_lines` encodes is understood, and the answer is one that it decodes."""
    asked = json_lines.encode({"id": 7, "verb": "run", "arguments": {"argv": ["echo", "x"]}})
    answer = json_lines.decode(json.dumps(init.serve(asked)).encode())
    assert answer == {"id": 7, "value": [0, "x\n"]}
    assert verb_of(init.run).read_value(OBJECTS, answer["value"]) == init.Done(0, "x\n")


@pytest.mark.parametrize(
    "request_, said",
    [
        ({"id": 7, "verb": "main", "arguments": {}}, "main: there is no such verb; there are run, write, place, "),
        ({"id": 7, "verb": "run", "arguments": {}}, "run: run() missing 1 required positional argument: 'argv'"),
        ({"id": 7, "verb": "mark", "arguments": {"words": "x"}}, "mark: mark() got an unexpected keyword argument"),
    ],
)
def test_a_request_that_cannot_be_done(request_: dict[str, object], said: str) -> None:
    """It is answered with an error that `json_lines` reads."""
    answer = init.serve(json_lines.encode(request_))
    assert answer["id"] == 7
    assert said in str(json_lines.error_from(answer["error"]))


@pytest.mark.parametrize("line", [b"\n", b"{\n", b"[]\n", b"7\n", b'{"id": 1}\n', b"[" * 50_000])
def test_a_line_that_is_no_request(line: bytes) -> None:
    """The answer is an error about the connection."""
    answer = init.serve(line)
    assert answer["id"] is None
    assert "no request: " in str(json_lines.error_from(answer["error"]))


def test_lines_are_as_long_as_everywhere() -> None:
    """Its copy of the limit is the lab's, and the longest output fits in."""
    assert init.MAX_LINE == json_lines.MAX_LINE
    assert len(json.dumps("\0" * 1000)) * init.MAX_OUTPUT // 1000 < init.MAX_LINE


def test_a_line_that_is_too_long_ends_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the next one begins is unknown: it is answered with an error, and nothing is read beyond the limit."""
    monkeypatch.setattr(init, "MAX_LINE", 100)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    stdin = io.TextIOWrapper(io.BytesIO(b"x" * 300 + b"\n"))
    monkeypatch.setattr(sys, "stdin", stdin)
    monkeypatch.setattr(init, "_reap", lambda: None)
    init.main()
    assert "a line is longer than 100 octets" in json.loads(capsys.readouterr().out)["error"]["message"]
    assert stdin.buffer.tell() == 101


def test_an_output_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not fit is dropped, and counted."""
    monkeypatch.setattr(init, "MAX_OUTPUT", 10)
    assert init.run(["printf", "0123456789"]) == init.Done(0, "0123456789")
    assert init.run(["printf", "0123456789abc"]) == init.Done(0, "0123456789\n(3 more octets were dropped)")
    assert init.run(["sleep", "60"], limit=0.01) == init.Done(-1, "sleep 60 did not end within 0.01 s")


def test_it_is_python_of_the_oldest_release() -> None:
    """Its syntax is 3.9's, and it imports nothing but the standard library."""
    tree = ast.parse(Path(init.__file__).read_text(), feature_version=(3, 9))
    imported = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported <= sys.stdlib_module_names

"""The mail host's first process: a folder is made what it has to be while daemons read it."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from postfix_lab.inside.mailhost import init
from postfix_lab.postfix.log.daemon_death import GONE

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


def placed(folder: Path, **files: str) -> None:
    init.place(str(folder), {str(folder / name.replace("_", ".")): {"text": text} for name, text in files.items()})


def contents(folder: Path) -> dict[str, str]:
    return {p.name: str(p.readlink()) if p.is_symlink() else p.read_text() for p in folder.iterdir() if not p.is_dir()}


def test_what_an_earlier_setup_brought_is_gone_in_the_next(etc: Path) -> None:
    """A folder holds the package's files and this setup's, whatever it held before."""
    placed(etc, main_cf="one", access="x REJECT")
    assert contents(etc)["access"] == "x REJECT"
    (etc / "dynamicmaps.cf").write_text("spoilt")
    (etc / "makedefs.out").unlink()
    placed(etc, main_cf="two")
    assert contents(etc) == {
        "main.cf": "two",
        "dynamicmaps.cf": "pcre\n",
        "makedefs.out": "/usr/share/postfix/makedefs.out",
    }


def test_a_file_of_the_package_comes_back(etc: Path) -> None:
    """A setup that brings no file of that name gets the package's."""
    placed(etc, main_cf="one", dynamicmaps_cf="own")
    placed(etc, main_cf="two")
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
        placed(etc, main_cf=MAIN.format(name))
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
    init.outside({str(aliases): {"text": "the admin's"}, str(key): {"text": "secret", "mode": 0o600}})
    assert (aliases.read_text(), key.stat().st_mode & 0o777) == ("the admin's", 0o600)
    init.outside({str(aliases): {"text": "another's"}})
    assert (aliases.read_text(), key.exists()) == ("another's", False)
    init.outside({})
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
            monkeypatch.setattr(init, "_ASKED", [f"postfix {'stop' if stopped else 'status'}"])
            master = subprocess.Popen(["sleep", "60"])
            pid.write_text(f"{master.pid:>20}\n")
            init.miss_master()
            with pytest.raises(BlockingIOError):
                log.recv(1000)
            master.kill()
            os.waitid(os.P_PID, master.pid, os.WEXITED | os.WNOWAIT)
            init.miss_master()
            init.miss_master()
            if not stopped:
                assert log.recv(1000) == f"<22>postfix-lab: {GONE} {said}".encode()
            with pytest.raises(BlockingIOError):
                log.recv(1000)
            master.wait()
            init.miss_master()

"""A mail host's first process, asked through its stream: here its own code answers, without a container."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from postfix_lab.engine.container import Container
from postfix_lab.engine.control_stream import Stream
from postfix_lab.errors import LabError
from postfix_lab.fit.draft import Content
from postfix_lab.inside.mailhost import init
from postfix_lab.runtime.init_process import InitProcess, init_files


@pytest.fixture
def host() -> Iterator[InitProcess]:
    """A first process that runs on this machine."""
    near, far = socket.socketpair()

    def serve() -> None:
        with far, far.makefile("rb") as lines:
            for line in lines:
                answer = json.dumps(init.serve(line)).encode() + b"\n"
                far.sendall(bytes([1, 0, 0, 0]) + len(answer).to_bytes(4, "big") + answer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield InitProcess(cast("Container", SimpleNamespace(name="box", stream=Stream(near, "box"))))
    near.close()
    thread.join()


def test_a_command(host: InitProcess) -> None:
    """Its status and its output come back, whatever became of it."""
    assert host.run("echo x; exit 3") == init.Done(3, "x\n")
    assert host.shell("echo x") == "x\n"


def test_a_command_that_fails(host: InitProcess) -> None:
    """`shell` names the command, its status and its output."""
    with pytest.raises(LabError, match=r"`echo x; exit 3` ended with status 3 in the box: x"):
        host.shell("echo x; exit 3")


def test_what_goes_wrong_there(host: InitProcess) -> None:
    """Is told with the name of the container and of the verb."""
    with pytest.raises(LabError, match="box reports: await_unix_socket: /nowhere did not answer within 0 s"):
        host.ask(init.await_unix_socket)("/nowhere", limit=0.0)


def test_files(host: InitProcess, tmp_path: Path) -> None:
    """They are written with their modes; without an owner they are root's."""
    path = tmp_path / "deep" / "file"
    host.write({str(path): "x"})
    assert path.read_text() == "x"
    host.ask(init.write)(init_files({str(path): Content("y", 0o600)}))
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("y", 0o600)

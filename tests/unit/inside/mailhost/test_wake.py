"""Waking a daemon: by its socket, by its FIFO, and when the process that answers is just ending."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from postfix_lab.inside.mailhost import wake

Daemon = Callable[[int], list[bytes]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where the daemon is reached."""
    return tmp_path / "qmgr"


@pytest.fixture
def daemon(place: Path) -> Iterator[Daemon]:
    """A trigger server that hangs up on so many clients, then takes what one has to say; returns what it got.

    It has patience with three.
    """
    with ExitStack() as at_the_end:
        server = at_the_end.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(str(place))
        server.listen()

        def serve(deaf: int, got: list[bytes]) -> None:
            for _ in range(deaf):
                server.accept()[0].close()
            if deaf < 3:
                line, _ = server.accept()
                got.append(line.recv(9))
                line.close()

        def begin(deaf: int) -> list[bytes]:
            got: list[bytes] = []
            thread = threading.Thread(target=serve, args=(deaf, got))
            thread.start()
            at_the_end.callback(thread.join)
            return got

        yield begin


@pytest.mark.parametrize("deaf", [0, 1, 2])
def test_by_a_socket(daemon: Daemon, place: Path, deaf: int) -> None:
    """The W arrives, though a process or two end before they read it; and it was read when the call returns."""
    got = daemon(deaf)
    wake.wake(place)
    assert got == [b"W"]


def test_a_daemon_that_never_listens(daemon: Daemon, place: Path) -> None:
    """Three times is enough; who sent it hears that nobody took it."""
    daemon(3)
    with pytest.raises(ConnectionError):
        wake.wake(place)


def test_by_a_fifo(place: Path) -> None:
    """Old entries of master.cf have a FIFO."""
    os.mkfifo(place)
    reader = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    wake.wake(place)
    assert os.read(reader, 9) == b"W"
    os.close(reader)

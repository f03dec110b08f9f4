import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from postfix_lab.engine import base_image
from postfix_lab.errors import EngineError

FakeEngine = Callable[[bytes | None], docker.APIClient]


@pytest.fixture
def engine() -> Iterator[FakeEngine]:
    """Makes an engine's API that gives one answer, or none at all, to whatever it is asked."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    answering: list[threading.Thread] = []

    def answer(body: bytes | None) -> None:
        try:
            line, _ = listener.accept()
        except OSError:
            return  # Nobody asked, and the test is over.
        with line:
            line.recv(65536)
            if body is None:
                over.wait(10)
            else:
                line.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))

    def make(body: bytes | None) -> docker.APIClient:
        answering.append(threading.Thread(target=answer, args=(body,)))
        answering[-1].start()
        return docker.APIClient(f"tcp://127.0.0.1:{listener.getsockname()[1]}", version="1.41")

    yield make
    over.set()
    listener.shutdown(socket.SHUT_RDWR)
    for thread in answering:
        thread.join()
    listener.close()


def test_debians_own_image_comes_before_the_one_that_was_made() -> None:
    """A present debian:<release>-slim is used whatever else is there."""
    both = {"debian:trixie-slim": "sha256:1", "postfix-lab/base:trixie-0": "sha256:2"}
    assert base_image.find("trixie", both, "postfix-lab/base:trixie-0") == "sha256:1"
    assert base_image.find("trixie", {"postfix-lab/base:trixie-0": "sha256:2"}, "postfix-lab/base:trixie-0") == "sha256:2"
    assert base_image.find("trixie", {"debian:bookworm-slim": "sha256:3"}, "postfix-lab/base:trixie-0") is None


def test_a_pull_that_ends_well_has_pulled(engine: FakeEngine) -> None:
    """The engine reports progress and no error."""
    assert base_image.pull(engine(b'{"status":"Pulling"}\n{"status":"Downloaded"}\n'), "trixie") is True


def test_an_error_within_the_answer_means_no_registry(engine: FakeEngine) -> None:
    """Engines say 200 first and what went wrong afterwards."""
    assert base_image.pull(engine(b'{"status":"Pulling"}\n{"error":"no such host"}\n'), "trixie") is False


def test_a_registry_that_says_nothing_is_given_up(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed network that drops packets must not stop the set-up."""
    monkeypatch.setattr(base_image, "PULL_SILENCE", 0.1)
    assert base_image.pull(engine(None), "trixie") is False


def test_a_base_that_cannot_be_made_tells_the_scripts_last_words(engine: FakeEngine, tmp_path: Path) -> None:
    """The sentence names the command, its status and what it said."""
    script = tmp_path / "base.sh"
    script.write_text("#!/bin/sh\necho no mirror for $1 >&2\nexit 2\n")
    script.chmod(0o755)
    with pytest.raises(EngineError, match=r"base\.sh trixie`, status 2\): no mirror for trixie"):
        base_image.make(engine(b""), "trixie", "postfix-lab/base:trixie-0", script)


def test_a_made_base_is_named_after_the_import(engine: FakeEngine, tmp_path: Path) -> None:
    """An answer without an image id is the engine's refusal."""
    script = tmp_path / "base.sh"
    script.write_text("#!/bin/sh\necho archive\n")
    script.chmod(0o755)
    with pytest.raises(EngineError, match="refused the base image of trixie"):
        base_image.make(engine(b'{"error":"disk full"}'), "trixie", "postfix-lab/base:trixie-0", script)

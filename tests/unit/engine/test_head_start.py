"""When there is no head start: then the ordinary way is taken, and it says what is wrong."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from postfix_lab.engine import head_start
from postfix_lab.engine.images import IMAGES
from postfix_lab.runtime.internet_plan import INTERNET
from postfix_lab.runtime.mail_host_plan import mail_host

PLANS = (INTERNET, mail_host(12))
LISTED = [{"Id": f"sha256:{name}", "RepoTags": [image.tag]} for name, image in IMAGES.items()]
HELLO = "Server: Docker/20.10.24 (linux)\r\nApi-Version: 1.41\r\n"


@contextmanager
def engine(path: Path, *answers: tuple[int, str, object]) -> Iterator[None]:
    """Somebody at that socket who gives each connection these answers in turn: status, headers, JSON."""
    with socket.socket(socket.AF_UNIX) as ear:
        ear.bind(str(path))
        ear.listen()

        def serve(line: socket.socket) -> None:
            with line, line.makefile("rb") as asked:
                for status, headers, said in answers:
                    head = list(iter(lambda: asked.readline().strip(), b""))
                    if not head:
                        return
                    asked.read(sum(int(row.split()[1]) for row in head if row.lower().startswith(b"content-length")))
                    body = json.dumps(said).encode()
                    line.sendall(f"HTTP/1.1 {status} -\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body)

        def listen() -> None:
            while True:
                try:
                    line, _ = ear.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(line,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        yield
        ear.shutdown(socket.SHUT_RDWR)


def begun(url: str, monkeypatch: pytest.MonkeyPatch) -> head_start.HeadStart | None:
    monkeypatch.setenv("DOCKER_HOST", url)
    return head_start.start_early(None, PLANS, {"postfix-lab": "1"}, "run")


@pytest.mark.parametrize(
    "url", ["tcp://192.0.2.1:2375", "ssh://root@docker.example", "unix:///nowhere/docker.sock", "unix:///run/podman/podman.sock"]
)
def test_only_a_socket_that_is_dockers_own_is_asked(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine elsewhere, another one, or none."""
    assert begun(url, monkeypatch) is None


def test_a_lab_without_mail_hosts_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which containers it will want is not known yet."""
    assert head_start.start_early(None, (), {}, "run") is None


@pytest.mark.parametrize(
    "hello, listed",
    [
        ((200, "Server: Libpod/4.3.1 (linux)\r\n", "OK"), (200, "", LISTED)),
        ((200, "", "OK"), (200, "", LISTED)),
        ((503, HELLO, "no"), (200, "", LISTED)),
        ((200, HELLO, "OK"), (200, "", LISTED[1:])),
        ((200, HELLO, "OK"), (200, "", [])),
        ((200, HELLO, "OK"), (500, "", {"message": "no"})),
        ((200, HELLO, "OK"), (200, "", "no list")),
    ],
    ids=["Podman", "nobody", "no answer", "an image is missing", "no image", "refused", "nonsense"],
)  # fmt: skip
def test_an_engine_that_is_not_ready_is_left_to_the_ordinary_way(
    hello: tuple[int, str, object], listed: tuple[int, str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No container is asked for."""
    with engine(tmp_path / "docker.sock", hello, listed):
        assert begun(f"unix://{tmp_path}/docker.sock", monkeypatch) is None


@pytest.mark.parametrize("created", [(500, "", {"message": "no"}), (201, "", {}), (201, "", {"Id": "f" * 64})])
def test_a_container_that_does_not_start_is_none(
    created: tuple[int, str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not created, created without an id, or nobody may attach to it: the answers are those of another question."""
    with engine(tmp_path / "docker.sock", (200, HELLO, "OK"), (200, "", LISTED)):
        found = begun(f"unix://{tmp_path}/docker.sock", monkeypatch)
        assert found is not None
        assert (found.engine.name, found.engine.version, found.engine.api) == ("docker", "20.10.24", "1.41")
        assert found.images["internet"] == "sha256:internet"
        assert found.is_pending("internet")
        assert found.take("internet") is None
        assert not found.is_pending("internet")
    with engine(tmp_path / "other.sock", created):
        assert head_start._start(str(tmp_path / "other.sock"), "name", {}) is None


def test_what_the_engine_is_asked_is_what_docker_py_is_told() -> None:
    """A plan says everything once."""
    plan = mail_host(12)
    asked, told = plan.request("image", {"postfix-lab": "1"}), plan.keywords()
    assert asked["HostConfig"]["NetworkMode"] == told["network"] == "none"
    assert asked["NetworkDisabled"] is told["network_disabled"] is True
    assert asked["Hostname"] == told["hostname"] == "mx"
    assert asked["HostConfig"]["Sysctls"] == told["sysctls"]
    assert INTERNET.request("image", {})["HostConfig"]["CapAdd"] == INTERNET.keywords()["cap_add"] == ["NET_ADMIN", "NET_RAW"]

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from postfix_lab.engine import client
from postfix_lab.errors import EngineError, InputError


def test_docker_host_is_the_only_place_when_no_engine_is_named() -> None:
    """Whoever sets DOCKER_HOST means that engine and no other."""
    assert client.candidates(None, {"DOCKER_HOST": "tcp://192.0.2.9:2375"}) == ["tcp://192.0.2.9:2375"]


def test_docker_is_looked_for_before_podman() -> None:
    """Without a name the first socket is Docker's and the last one is the lab's own Podman."""
    places = client.candidates(None, {"XDG_RUNTIME_DIR": "/run/user/7"})
    assert places[:2] == ["unix:///var/run/docker.sock", "unix:///run/user/7/docker.sock"]
    assert places[-1] == f"unix://{client.LAB_SOCKET}"


def test_a_named_engine_is_looked_for_at_its_own_sockets() -> None:
    """ENGINE=podman never tries Docker's socket, but does try DOCKER_HOST, which may be Podman."""
    places = client.candidates("podman", {"DOCKER_HOST": "unix:///x.sock", "XDG_RUNTIME_DIR": "/u"})
    assert places[0] == "unix:///x.sock"
    assert [place for place in places if "docker" in place] == []


@pytest.mark.parametrize(
    "said, known",
    [
        ("Docker/20.10.24+dfsg1 (linux)", ("docker", "20.10.24+dfsg1")),
        ("Libpod/4.3.1 (linux)", ("podman", "4.3.1")),
        ("nginx", None),
        ("", None),
    ],
)
def test_an_engine_says_what_it_is(said: str, known: tuple[str, str] | None) -> None:
    """In front of every answer; where something stands between that does not, the engine is asked."""
    assert client.parse_server(said) == known


def test_an_unknown_engine_is_a_mistake_in_the_call() -> None:
    """`--engine lxc` names the two that there are."""
    with pytest.raises(InputError, match="docker or podman"):
        client.connect("lxc")


def test_a_dead_socket_is_named_with_its_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that nobody listens at is said to refuse, and the remedy follows."""
    path = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with pytest.raises(EngineError, match=r"dead\.sock: Connection refused.*make engine"):
        client.connect()


def test_a_missing_socket_in_docker_host_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DOCKER_HOST that does not exist is said, not passed over."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(EngineError, match=r"none\.sock: No such file"):
        client.connect()


def test_the_set_up_script_learns_by_status_that_nothing_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m postfix_lab.engine.client` ends with status 2 and the sentence on standard error."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert client.main([]) == 2
    assert "No container engine answers" in capsys.readouterr().err


def test_root_without_all_capabilities_is_recognised() -> None:
    """The lookup reads the same mask that the kernel shows."""
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith("CapEff"))
    held = int(line.split()[1], 16)
    assert [client.has_capability(n) for n in (0, 12, 24)] == [bool(held >> n & 1) for n in (0, 12, 24)]


def test_importing_the_client_imports_no_engine_library() -> None:
    """Asking for help must not pay for docker and testcontainers."""
    code = "import sys, postfix_lab.engine.client; sys.exit('docker' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""Finds the container engine that the lab uses.

The command, pytest and the set-up script (`python -m postfix_lab.engine.client podman` prints what
answers) all use the order below. A certain engine is chosen by `ENGINE=podman` for make, `--engine` for the command,
`--lab-engine` for pytest; the sockets are tried each time, which costs a millisecond.

1. `DOCKER_HOST`, if it is set; then nothing else counts, unless a certain engine was asked for.
2. Docker's socket, the machine's and the user's own.
3. Podman's socket (its Docker-compatible API), the machine's, the user's own, and the lab's.

docker-py and testcontainers are imported when `library` is first called (docs/startup.md).
"""

from __future__ import annotations

import os
import re
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from postfix_lab.errors import EngineError, InputError, LabError, NoEngineError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docker import DockerClient
    from requests import Response

    from postfix_lab.engine.docker_library import DockerLibrary

EngineName = Literal["docker", "podman"]
LAB_SOCKET = "/run/postfix-lab/podman.sock"
"""Where Podman listens if `containers/engine.sh` started it."""
_SYS_RESOURCE = 24
_PROCESSES = 4096
_ANY_VERSION = "1.24"
"""The oldest API version of docker-py, for a request that is the same in all of them."""
_ALIVE = 5.0
"""Seconds within which a live engine answers."""
_NOT_ALLOWED = "This account may not use it: run the command as root, or join the group that owns the socket."
_REMEDY = "Run `make engine` as root, or install Docker (Debian: `apt-get install docker.io`) or Podman and start it."


@cache
def library() -> type[DockerLibrary]:
    """Return what the lab uses of docker-py, testcontainers and requests, which the first call imports."""
    from postfix_lab.engine.docker_library import DockerLibrary  # noqa: PLC0415 - docs/startup.md

    return DockerLibrary


@dataclass(frozen=True)
class Engine:
    """An engine that answered."""

    name: EngineName
    version: str
    url: str
    api: str | None = None
    """The version of its API; without it docker-py asks the engine for all versions."""

    @cached_property
    def client(self) -> DockerClient:
        """docker-py's client for it."""
        return library().Client(**self.client_kw).client

    @cached_property
    def client_kw(self) -> Mapping[str, Any]:
        """For testcontainers: `DockerContainer(image, docker_client_kw=engine.client_kw)` uses this engine."""
        # The reaper needs an image that a closed network does not have; labels and cleanup.py replace it.
        library().config.ryuk_disabled = True
        tls = {key: value for key, value in os.environ.items() if key.startswith("DOCKER_")}
        return {"environment": {**tls, "DOCKER_HOST": self.url}, "version": self.api}

    @cached_property
    def container_kwargs(self) -> Mapping[str, Any]:
        """Options that every container needs on this engine and machine."""
        return _container_kwargs(self.name, self.url)


def connect(engine: str | None = None) -> Engine:
    """Return the engine `docker` or `podman`, or the first that answers; `NoEngineError` names what was tried."""
    if engine not in ("docker", "podman", None):
        raise InputError(f"{engine!r} is no engine that the lab knows: say docker or podman")
    tried = []
    for url in candidates(engine, os.environ):
        if not may_answer(url):
            continue
        try:
            found = _open(url)
        except Exception as error:  # noqa: BLE001 - docker-py lets urllib3, requests and OS errors through
            tried.append(f"{url}: {_reason(error)}")
            continue
        if engine in (None, found.name):
            return found
        tried.append(f"{url}: is {found.name}")
    wanted = engine.capitalize() if engine else "container engine"
    seen = "; ".join(tried) or "there is no socket of Docker or Podman"
    remedy = _NOT_ALLOWED if "Permission denied" in seen else _REMEDY
    raise NoEngineError(f"No {wanted} answers ({seen}). {remedy}")


def may_answer(url: str) -> bool:
    """Whether to try this URL: not if its socket does not exist, unless DOCKER_HOST names it."""
    socket = Path(url.removeprefix("unix://")) if url.startswith("unix://") else None
    return socket is None or url == os.environ.get("DOCKER_HOST") or socket.exists()


def answers(engine: Engine) -> bool:
    """Whether it still answers."""
    try:
        return bool(_ping(engine.client).ok)
    except (library().RequestException, OSError):
        return False


def explain_death(engine: Engine) -> str:
    """Return a clause that the engine has died; empty if it answers."""
    return "" if answers(engine) else f"the container engine at {engine.url} has died, so nothing more can be seen"


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn the exceptions of docker-py and requests into `EngineError`; `doing` begins its message."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, (library().DockerException, library().RequestException)):
            raise
        if "already in progress" in str(error):  # Another process does it.
            return
        raise EngineError(
            f"{doing} failed: {_reason(error)}. See whether the engine still answers: `postfix-lab doctor`."
        ) from error


def candidates(engine: str | None, environ: Mapping[str, str]) -> Sequence[str]:
    """Return the URLs where an engine may listen, in the order in which they are tried."""
    named = environ.get("DOCKER_HOST")
    if named and engine is None:
        return [named]
    own = environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    docker = ["unix:///var/run/docker.sock", f"unix://{own}/docker.sock"]
    podman = ["unix:///run/podman/podman.sock", f"unix://{own}/podman/podman.sock", f"unix://{LAB_SOCKET}"]
    sockets = {"docker": docker, "podman": podman}.get(engine or "", docker + podman)
    return [named, *sockets] if named else sockets


def _open(url: str) -> Engine:
    greeted = _ping(Engine("docker", "", url, _ANY_VERSION).client)
    greeted.raise_for_status()
    # A client without an API version asks for all versions, and Docker starts three programs to answer.
    api = greeted.headers.get("Api-Version")
    name, version = parse_server(greeted.headers.get("Server", "")) or _identify(Engine("docker", "", url, api).client)
    return Engine(name, version, url, api)


def _ping(client: DockerClient) -> Response:
    return client.api.get(f"{client.api.base_url}/_ping", timeout=_ALIVE)


def parse_server(server: str) -> tuple[EngineName, str] | None:
    """Return name and version from a Server header: `Docker/20.10.24 (linux)` or `Libpod/4.3.1 (linux)`."""
    said = re.match(r"(Docker|Libpod)/(\S+)", server)
    return ("docker" if said[1] == "Docker" else "podman", said[2]) if said else None


def _identify(client: DockerClient) -> tuple[EngineName, str]:
    said = client.version()
    parts = {part["Name"]: part["Version"] for part in said.get("Components") or ()}
    podman = parts.get("Podman Engine")
    return ("podman", podman) if podman else ("docker", str(said["Version"]))


def _container_kwargs(name: EngineName, url: str) -> dict[str, Any]:
    """Return limits for Podman: its own defaults are higher than a restricted root may set."""
    if name == "docker" or not url.startswith("unix://") or has_capability(_SYS_RESOURCE):
        return {}
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    limits = {"nofile": files, "nproc": _PROCESSES}
    return {"ulimits": [library().Ulimit(name=key, soft=value, hard=value) for key, value in limits.items()]}


def has_capability(number: int) -> bool:
    """Whether this process has that capability (capabilities(7)) in effect."""
    lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    effective = next(line.split()[1] for line in lines if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> number & 1)


def _reason(error: BaseException) -> str:
    """Return the operating system's message from inside nested exceptions, else the error's own."""
    inner: BaseException | None = error
    while inner is not None:
        for part in (inner, *inner.args):
            if isinstance(part, OSError) and part.strerror:
                return part.strerror
        inner = inner.__cause__ or inner.__context__
    return str(error)


def main(arguments: Sequence[str]) -> int:
    """Print which engine answers; return status 2 if none does."""
    try:
        found = connect(arguments[0] if arguments else None)
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{found.name} {found.version} at {found.url}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
